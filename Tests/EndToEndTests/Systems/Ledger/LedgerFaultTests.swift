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

    /// The way back is judged as the way there is: without a quorum nothing is undone, and what is owed is done later.
    @Test(.timeLimit(.minutes(4))) func aQuorumThatIsLostOnTheWayBackLeavesADebt() async throws {
      let ledger = try await LedgerLab()
      let leader = try ledger.leader()
      let others = ["n1", "n2", "n3"].filter { $0 != leader }
      let run = try RunningBelay(
        ledger.belay,
        [
          "remove-node", others[0], "--yes", "--set", "least=2", "--set", "settle=0s", "--rehearse-failure",
          "aside:after",
        ])
      try await run.waitToSay("act    aside")
      try await ledger.lab.fault(others[1], "stop-service")
      try await run.waitToSay("OWED   member.leave")
      try await ledger.lab.fault(others[1], "start-service")
      #expect(try await run.end() == 6, "\(run.output)")
      #expect(run.output.contains("undo of member.leave: the membership is not agreed on"), "\(run.output)")
      #expect(try ledger.changes().filter { $0.contains("JoinCluster") } == [])

      let finished = try await ledger.run("rollback", "last")
      #expect(finished.exit == 0 && finished.says("owed      nothing"), "\(finished)")
      #expect(try await ledger.isUnchanged())
    }
  }
}
