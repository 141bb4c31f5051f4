import Glibc
import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests.ChainfireTests {
  /// CF1, CF3, CF4, CF5: who comes and who goes; what becomes of it when something fails stands in the table.
  @Suite struct MembershipTests {
    @Test(.timeLimit(.minutes(4))) func aSpareJoinsAsALearnerFirstAndLeavesAgain() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      let added = try await belay.run("add-node", "n4", "--yes")
      #expect(added.exit == 0, "\(added)")
      let changes = try lab.chainfireChanges().suffix(2)
      #expect(
        changes.first?.text.hasSuffix("--learner") == true && changes.last?.text.contains("promote") == true,
        "\(changes)")
      #expect(changes.first?.text.contains("--node-id 4 --peer-url") == true, "\(changes)")
      #expect(try await lab.chainfireMembers().filter { $0.hasSuffix("IsLearner=false") }.count == 4)
      let removed = try await belay.run("remove-node", "n4", "--set", "settle=0", "--yes")
      #expect(removed.exit == 0, "\(removed)")
      #expect(try await lab.chainfireMembers().count == 3)
      #expect(try await lab.output("n4", "systemctl is-active chainfire; true") == "inactive\n")
    }

    /// The leader leaves last, after it gave leadership up; the controller dies in the midst of the join.
    @Test(.timeLimit(.minutes(4))) func aKilledReplacementIsResumed() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      let leader = try await lab.chainfireLeader()
      let run = try RunningBelay(
        belay, ["replace-node", leader, "--with", "n4", "--set", "settle=0", "--yes"])
      try await run.waitToSay("act    enter.join_learner")
      run.signal(SIGKILL)
      #expect(try await run.end() == 128 + Int(SIGKILL), "\(run.output)")

      let resumed = try await belay.run("resume", "last")
      #expect(resumed.exit == 0, "\(resumed)")
      let changes = try lab.chainfireChanges()
      #expect(changes.filter { $0.text.contains("member-add") }.count == 1, "\(changes)")
      #expect(
        changes.last?.text.contains("member-remove --node-id \(leader.dropFirst())") == true, "\(changes)")
      #expect(changes.last?.node != leader, "a leader does not remove itself: \(changes)")
      let members = try await lab.chainfireMembers(askedOf: "n4")
      #expect(members.count == 3 && members.contains { $0.contains("node-4") }, "\(members)")
      #expect(!members.contains { $0.contains("ID=\(leader.dropFirst()),") }, "\(members)")
      #expect(try await belay.run("journal", "verify", "last").exit == 0)
    }

    @Test(.timeLimit(.minutes(4))) func aDeadMemberIsReplaced() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      let dead = try await lab.chainfireLeader() == "n3" ? "n1" : "n3"
      _ = try await lab.output(dead, "systemctl stop chainfire")
      let replaced = try await belay.run("replace-node", dead, "--with", "n5", "--set", "settle=0", "--yes")
      #expect(replaced.exit == 0, "\(replaced)")
      let members = try await lab.chainfireMembers(askedOf: "n5")
      #expect(members.count == 3 && members.contains { $0.contains("node-5") }, "\(members)")
    }

    /// The way back is judged as the way there is: without a quorum nobody is taken out, and what is owed is done later.
    @Test(.timeLimit(.minutes(4))) func aQuorumThatIsLostOnTheWayBackLeavesADebt() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      let before = try await lab.chainfireState()
      let leader = try await lab.chainfireLeader()
      let followers = lab.members.map(\.name).filter { $0 != leader }
      let run = try RunningBelay(belay, ["add-node", "n4", "--set", "patience=2s", "--yes"])
      try await run.waitToSay("act    keep")
      for node in followers { try await lab.fault(node, "stop-service") }
      try await run.waitToSay("OWED   join_learner")
      for node in followers { try await lab.fault(node, "start-service") }
      #expect(try await run.end() == 6, "\(run.output)")
      #expect(try lab.chainfireChanges().count == 1, "nobody was asked to take it out: \(run.output)")

      let finished = try await belay.run("rollback", "last", "--yes")
      #expect(finished.exit == 0 && finished.says("owed      nothing"), "\(finished)")
      #expect(try await lab.chainfireState() == before)
    }

    /// A version without member-promote: the dialect adds the learner once more.
    @Test(.timeLimit(.minutes(2))) func aDialectPromotesInItsOwnWay() async throws {
      let lab = try StandInLab.lab
      var belay = try await lab.chainfire()
      let inventory = String(decoding: try readFile(lab.files.inventory, limit: 1 << 20), as: UTF8.self)
      belay.inventory = try belay.scratch.write(
        inventory.replacing("system: chainfire", with: "system: chainfire\n    dialect: re_add"),
        to: "inventory.yaml")
      try await lab.standIn("n1", "fault no-promote")
      let added = try await belay.run("add-node", "n4", "--yes")
      #expect(added.exit == 0, "\(added)")
      #expect(try lab.chainfireChanges().last?.text.hasSuffix("--voter") == true)
      #expect(try await lab.chainfireMembers().filter { $0.hasSuffix("IsLearner=false") }.count == 4)
    }

    @Test(.timeLimit(.minutes(2))) func aSecondRemovalWaits() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      let leader = try await lab.chainfireLeader()
      let follower = try #require(lab.members.map(\.name).first { $0 != leader })
      let marked = try await lab.output(leader, "touch /run/belay-chainfire-removal && date +%s")
      let removed = try await belay.run("remove-node", follower, "--set", "settle=6", "--yes")
      #expect(removed.exit == 0, "\(removed)")
      let gone = try await lab.output(leader, "stat -c %Y /run/belay-chainfire-removal")
      let (first, second) = (Int(marked.dropLast()) ?? 0, Int(gone.dropLast()) ?? 0)
      #expect(second - first >= 6, "\(first) \(second)")
      _ = try await lab.output(leader, "rm -f /run/belay-chainfire-removal")
    }
  }
}
