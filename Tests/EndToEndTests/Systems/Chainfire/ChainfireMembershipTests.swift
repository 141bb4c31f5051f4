import Glibc
import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests.ChainfireTests {
  /// CF1, CF3, CF4, CF5: who comes, who goes, and what becomes of it when something fails.
  @Suite struct MembershipTests {
    @Test(.timeLimit(.minutes(4))) func aSpareJoinsAsALearnerFirstAndLeavesAgain() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      let before = try await lab.chainfireState()
      let failed = try await belay.run("add-node", "n4", "--yes", "--rehearse-failure", "promote:after")
      #expect(failed.exit == 5, "\(failed)")
      #expect(try await lab.chainfireState() == before)

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

    /// Each fault, what it hits, how the run ends, and how often the cluster was asked to take somebody in.
    @Test(
      .timeLimit(.minutes(4)),
      arguments: [
        ("n4", "fault close-port 2380", "FAILED heard", 0),
        ("n4", "fault learner-stalls n4", "stuck: ", 1),
        ("n4", "fault crash-after-add n4", "FAILED", 1),
        ("n1", "fault join-hangs", "timed out after 30s", 2),
        ("n1", "fault join-hangs landed", "yet the cluster shows its effect", 1),
      ])
    func whatCannotJoinIsTakenBack(node: String, fault: String, says: String, additions: Int) async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      let before = try await lab.chainfireState()
      try await lab.standIn(node, fault)
      let run = try await belay.run("add-node", "n4", "--yes", "--set", "stalled=3s", "--set", "patience=8s")
      #expect(run.exit == 5 && run.says(says), "\(run)")
      let changes = try lab.chainfireChanges()
      #expect(changes.filter { $0.text.contains("member-add") }.count == additions, "\(changes)")
      #expect(!changes.contains { $0.text.contains("promote") }, "never promoted: \(changes)")
      try await lab.standIn(node, "heal")
      let after = try await lab.chainfireState()
      #expect(after == before)
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

    @Test(.timeLimit(.minutes(2))) func aLeaderThatMovesIsLookedUpOnceMore() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      let leader = try await lab.chainfireLeader()
      try await lab.standIn("n1", "fault leader-moves")
      let run = try await belay.run("add-node", "n4", "--yes", "--set", "way=learner-only")
      #expect(run.exit == 0, "\(run)")
      let changes = try lab.chainfireChanges()
      #expect(
        changes.count == 2 && changes.first?.node == leader && changes.last?.node != leader, "\(changes)")
      #expect(changes.first?.result.contains("leader") == true, "\(changes)")
    }

    /// The server would do it: belay does not ask it to.
    @Test(.timeLimit(.minutes(2))) func whatWouldBreakTheQuorumIsNotEvenAsked() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      let leader = try await lab.chainfireLeader()
      let others = lab.members.map(\.name).filter { $0 != leader }
      try await lab.standIn("n1", "fault permissive")
      _ = try await lab.output(others[0], "systemctl stop chainfire")
      let refused = try await belay.run("remove-node", others[1], "--set", "settle=0", "--yes")
      #expect(refused.exit == 4 && refused.says("quorum"), "\(refused)")
      let transfer = try await belay.run("step-down", leader, "--yes")
      #expect(transfer.exit == 4 && transfer.says("no majority to elect a leader"), "\(transfer)")
      let overridden = try await belay.run(
        "step-down", leader, "--yes", "--override", "spare", "--because", "in a hurry")
      #expect(overridden.exit == 4, "\(overridden)")
      #expect(try lab.chainfireChanges().isEmpty)
    }

    @Test(.timeLimit(.minutes(2))) func aSecondRemovalWaits() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      let leader = try await lab.chainfireLeader()
      let follower = try #require(lab.members.map(\.name).first { $0 != leader })
      let marked = try await lab.output(leader, "touch /run/belay-chainfire-removal && date +%s")
      let removed = try await belay.run("remove-node", follower, "--set", "settle=12", "--yes")
      #expect(removed.exit == 0, "\(removed)")
      let gone = try await lab.output(leader, "stat -c %Y /run/belay-chainfire-removal")
      let (first, second) = (Int(marked.dropLast()) ?? 0, Int(gone.dropLast()) ?? 0)
      #expect(second - first >= 12, "\(first) \(second)")
      _ = try await lab.output(leader, "rm -f /run/belay-chainfire-removal")
    }
  }
}
