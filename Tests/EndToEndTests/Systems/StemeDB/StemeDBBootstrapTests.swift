import Lab
import Testing

extension EndToEndTests {
  /// A node that stands alone, and two that do not run yet.
  @Suite(
    .enabled(if: StandInLab.isPossible, StandInLab.obstacle),
    StandInLab(system: "stemedb", members: 1, spares: 3))
  struct StemeDBBootstrapTests {
    @Test(.timeLimit(.minutes(5))) func oneBecomesThreeAndIsAloneAgainWhenThatFails() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.stemedb()
      let found = try await belay.run("diagnose", "lab")
      #expect(found.says("belay bootstrap n1 n2 n3"), "\(found)")

      let before = try await lab.stemeDBState()
      try await lab.fault(in: "stemedb", "copy-rate 0")
      let undone = try await belay.run("bootstrap", "n1", "n2", "n3", "--yes", "--set", "stall=3s")
      #expect(undone.exit == 5 && undone.says("stuck: "), "\(undone)")
      try await lab.heal()
      #expect(try await lab.stemeDBState() == before)

      // Somebody writes all the time: one assertion may be on its way.
      try await lab.fault(in: "stemedb", "writes 2")
      let done = try await belay.run("bootstrap", "n1", "n2", "n3", "--yes")
      #expect(done.exit == 0, "\(done)")
      try await lab.waitForMembers("[\"node1 UP\",\"node2 UP\",\"node3 UP\"]")
      #expect(try await lab.output("n1", "ls /var/backups/stemedb").contains("data-"))
    }
  }
}
