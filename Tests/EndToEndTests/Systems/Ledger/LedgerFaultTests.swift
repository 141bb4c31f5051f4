import Lab
import TestSupport
import Testing

extension EndToEndTests.OnLedger {
  @Suite struct FaultTests {
    /// LG13: who is asked leads no more by the time the request comes, and answers with exit status 0 all the same.
    @Test(.timeLimit(.minutes(4))) func aRedirectionIsSeenAndFollowedOnce() async throws {
      let ledger = try await LedgerLab("actual")
      let first = try ledger.leader()
      let target = try #require(["n1", "n2", "n3"].first { $0 != first })
      let other = try #require(["n1", "n2", "n3"].first { $0 != first && $0 != target })
      try await ledger.fault("move-leader \(other)")
      let added = try await ledger.run("add-node", "n4", "--set", "settle=0s")
      #expect(added.exit == 0 && added.says("Not the leader, redirect to leader"), "\(added)")
      #expect(try ledger.changes().map { $0.prefix(2) } == [Substring(first), Substring(other)])

      // Leadership goes to the very node that is to leave: nothing is removed.
      try await ledger.fault("move-leader \(target)")
      let members = try await ledger.members()
      let aborted = try await ledger.run("remove-node", target, "--set", "settle=0s")
      #expect(aborted.exit == 5, "\(aborted)")
      #expect(aborted.says("Not the leader, cannot process leave request"), "\(aborted)")
      #expect(aborted.says("remove \(target) is unsafe"), "\(aborted)")
      #expect(try await ledger.members() == members)
    }

    /// What the answer says is not believed: who is a member decides.
    @Test(.timeLimit(.minutes(4))) func anAnswerProvesNothing() async throws {
      let ledger = try await LedgerLab()
      let leader = try ledger.leader()
      let target = leader == "n3" ? "n2" : "n3"
      let removal = ["remove-node", target, "--set", "least=2", "--set", "settle=0s"]
      try await ledger.fault("false-success")
      let nothing = try await ledger.belay.run(removal + ["--yes"])
      #expect(nothing.exit == 5 && nothing.says("still lists it, and answered:"), "\(nothing)")
      #expect(try await ledger.isUnchanged())
      try await ledger.heal()

      // The removal came about, and its answer was lost.
      try await ledger.fault("lost-answer LeaveCluster")
      let done = try await ledger.belay.run(removal + ["--yes"])
      #expect(done.exit == 0, "\(done)")
      #expect(try await ledger.members().count == 2)
      let again = try await ledger.belay.run(removal + ["--yes"])
      #expect(again.exit == 4 && again.says("\(target) is not a member of the cluster"), "\(again)")
      #expect(try ledger.changes().filter { $0.contains("LeaveCluster") }.count == 3)
    }

    /// One of three answers what nobody can read: it counts as unknown, and two healthy ones may not lose one.
    @Test(.timeLimit(.minutes(4))) func whatCannotBeReadIsUnknown() async throws {
      let ledger = try await LedgerLab()
      let leader = try ledger.leader()
      let others = ["n1", "n2", "n3"].filter { $0 != leader }
      for kind in ["garbage", "half", "html", "500", "nothing", "stale"] {
        try await ledger.fault("answers \(kind) \(others[0])")
        let result = try await ledger.run("remove-node", others[1], "--set", "least=2")
        #expect(result.exit == 4, "\(kind): \(result)")
        #expect(
          result.says("it would leave 1 healthy of 2 voters, and a quorum needs 2"), "\(kind): \(result)")
      }
      // When nobody can be read it says where: which question, and the line of its answer.
      try await ledger.fault("answers half")
      let nobody = try await ledger.run("remove-node", others[1], "--set", "least=2")
      #expect(nobody.exit == 4 && nobody.unwrapped.contains("info: the output is not JSON"), "\(nobody)")
      #expect(try ledger.changes() == [])
      #expect(try await ledger.isUnchanged())
    }

    /// The server would take out all but the last voter.
    @Test(.timeLimit(.minutes(4))) func aQuorumIsKeptThoughTheServerWouldNot() async throws {
      let ledger = try await LedgerLab("actual")
      let leader = try ledger.leader()
      let others = ["n1", "n2", "n3"].filter { $0 != leader }
      try await ledger.lab.fault(others[0], "stop-service")
      let refused = try await ledger.run("remove-node", others[1], "--set", "least=1")
      #expect(refused.exit == 4 && refused.says("quorum needs 2"), "\(refused)")
      // LG9: one that is dead leaves by force, when somebody says what is given up; one that lives does not.
      let alive = try await ledger.run("force-remove", others[1])
      #expect(alive.exit == 4, "\(alive)")
      let unsaid = try await ledger.run("force-remove", others[0])
      #expect(
        unsaid.exit == 4 && unsaid.says("give up \(others[0]) and everything that only it holds"), "\(unsaid)"
      )
      #expect(try ledger.changes() == [])
      let phrase = "give up \(others[0]) and everything that only it holds"
      let forced = try await ledger.run("force-remove", others[0], "--confirm", phrase)
      #expect(forced.exit == 0, "\(forced)")
      #expect(try await ledger.members().count == 2)
      #expect(try ledger.changes().count == 1)
    }

    /// The connection to the node that acts is cut in the midst of the act: its receipt says how it ended.
    @Test(.timeLimit(.minutes(4))) func aLostConnectionRepeatsNothing() async throws {
      let ledger = try await LedgerLab()
      let leader = try ledger.leader()
      let target = leader == "n3" ? "n2" : "n3"
      let run = try RunningBelay(
        ledger.belay, ["remove-node", target, "--yes", "--set", "least=2", "--set", "settle=0s"])
      try await run.waitToSay("act    member.leave")
      try await ledger.lab.fault(leader, "link-down")
      try await Task.sleep(for: .seconds(1))
      try await ledger.lab.fault(leader, "link-up")
      let exit = try await run.end()
      #expect([0, 5].contains(exit), "\(run.output)")
      #expect(try await ledger.members().count == (exit == 0 ? 2 : 3), "\(run.output)")
      #expect(try ledger.changes().filter { $0.contains("LeaveCluster") }.count <= 2)
    }
  }
}
