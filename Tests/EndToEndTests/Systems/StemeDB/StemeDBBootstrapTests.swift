import Lab
import Testing

extension EndToEndTests {
  /// A node that stands alone, and two that do not run yet.
  @Suite(
    .enabled(if: StandInLab.isPossible, StandInLab.obstacle),
    StandInLab(system: "stemedb", members: 1, spares: 3))
  struct StemeDBBootstrapTests {
    @Test(.timeLimit(.minutes(5)), arguments: StemeDBEdgeTable.bootstrap)
    func endsAsTheTableSays(_ procedure: Procedure) async throws {
      let lab = try StandInLab.lab
      let found = try await lab.stemedb().run("diagnose", "lab")
      #expect(found.exit == 4 && found.says("belay bootstrap n1 n2 n3"), "\(found)")
      #expect(found.says("warning too_small: so many assertions want 3 nodes and 2 copies"), "\(found)")

      try await ProcedureRehearsal(procedure, on: .stemedb)
      try await lab.waitForMembers("[\"node1 UP\",\"node2 UP\",\"node3 UP\"]")
      #expect(try await lab.output("n1", "ls /var/backups/stemedb").contains("data-"))
    }
  }
}
