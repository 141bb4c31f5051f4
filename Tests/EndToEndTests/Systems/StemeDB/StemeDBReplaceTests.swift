import Glibc
import Lab
import Testing

extension EndToEndTests.StemeDBTests {
  @Suite struct ReplaceTests {
    /// A dead member, a controller that is killed between the removal and the end, and one that goes on.
    @Test(.timeLimit(.minutes(4))) func whatAKillInterruptsIsResumedAndNothingIsDoneTwice() async throws {
      let lab = try StandInLab.lab
      try await lab.reset()
      try await lab.fault("n2", "kill-service")
      try await lab.waitForMembers("node2 DOWN")
      let belay = try await lab.stemedb()

      let run = try RunningBelay(belay, ["replace-node", "n2", "--with", "n4", "--yes"])
      try await run.waitToSay("act    join")
      run.signal(SIGKILL)
      #expect(try await run.end() == 128 + Int(SIGKILL), "\(run.output)")
      let resumed = try await belay.run("resume", "last")
      #expect(resumed.exit == 0, "\(resumed)")

      let changes = try lab.stemeDBChanges().map(\.text)
      let removals = changes.filter { $0.contains("/admin/cluster/remove") }
      #expect(removals.count == 1 && removals[0].contains("\"node2\""), "\(changes)")
      #expect(
        changes.first == removals.first && changes.contains { $0.contains("/cluster/sync") }, "\(changes)")
      try await lab.waitForMembers("\"node1 UP\",\"node3 UP\",\"node4 UP\"")
      let seeds = try await lab.output("n1", "grep -A9 seeds /etc/stemedb/cluster.toml")
      #expect(seeds.contains("\(try lab.node("n4").address):18183"), "\(seeds)")
      #expect(!seeds.contains("\(try lab.node("n2").address):18183"), "\(seeds)")
      #expect(try await lab.output("n2", "systemctl is-enabled stemedb-api; true") == "disabled\n")
      #expect(try await belay.run("journal", "verify", "last").exit == 0)
    }

    /// At its time limit a drain asks a person. After a no the members are as they were, though the servers still drain.
    @Test(.timeLimit(.minutes(4))) func aDrainThatDoesNotEndAsks() async throws {
      let lab = try StandInLab.lab
      try await lab.reset()
      try await lab.fault(in: "stemedb", "drain-stuck")
      let belay = try await lab.stemedb()
      let stopped = try await belay.run("remove-node", "n3", "--yes", "--set", "patience=2s")
      #expect(stopped.exit == 7 && stopped.says("n3 still drains after its time"), "\(stopped)")
      let denied = try await belay.run("resume", "last", "--deny", "leave.ask")
      #expect(denied.exit == 5 && denied.says("did not approve"), "\(denied)")

      let careless = try await belay.run("force-remove", "n3", "--yes")
      #expect(careless.exit == 4 && careless.says("lose what only n3 holds"), "\(careless)")
      let forced = try await belay.run("force-remove", "n3", "--yes", "--confirm", "lose what only n3 holds")
      #expect(forced.exit == 0, "\(forced)")
      try await lab.waitForMembers("[\"node1 UP\",\"node2 UP\"]")
    }
  }
}
