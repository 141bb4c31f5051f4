import Lab
import TestSupport
import Testing

extension EndToEndTests.OnLedger {
  @Suite struct MembershipTests {
    @Test(.timeLimit(.minutes(4))) func aNodeThatDoesNotBelongIsTurnedAway() async throws {
      let ledger = try await LedgerLab()
      // A failure after the node has joined takes it out again, and nothing of it is left.
      let rehearsed = try await ledger.run("add-node", "n4", "--rehearse-failure", "join:after")
      #expect(rehearsed.exit == 5, "\(rehearsed)")
      #expect(rehearsed.says("undone    join, then start, then peers, then settings"), "\(rehearsed)")
      #expect(try await ledger.isUnchanged())
      let leader = try ledger.leader()
      #expect(try ledger.changes() == ["\(leader): JoinCluster 4", "\(leader): LeaveCluster 4"])

      // Its log does not grow: it is not waited for until the time is up.
      try await ledger.fault("stuck n5")
      let stuck = try await ledger.run("add-node", "n5", "--set", "stall=1s")
      #expect(stuck.exit == 5 && stuck.says("stuck: "), "\(stuck)")
      #expect(try await ledger.isUnchanged())
      try await ledger.heal()

      // An identifier of another member is found before anything is changed.
      _ = try await ledger.lab.output("n4", "mkdir /var/lib/ledger; echo 2 > /var/lib/ledger/node_id")
      let taken = try await ledger.run("add-node", "n4")
      #expect(taken.exit == 4 && taken.says("there is data of node_id 2 in /var/lib/ledger"), "\(taken)")
      // Without the leader's index nobody could tell whether it has caught up: that is unknown, not 0.
      try await ledger.fault("metrics-off \(leader)")
      let unknown = try await ledger.run("add-node", "n5")
      #expect(unknown.exit == 4 && unknown.says("\(leader) tells no metrics"), "\(unknown)")
      #expect(try ledger.changes().count == 4)
    }

    /// It crashes as soon as it is a member: it is taken out while the others have a quorum.
    @Test(.timeLimit(.minutes(4))) func aNodeThatCrashesOnceItHasJoinedIsRemoved() async throws {
      let ledger = try await LedgerLab("actual")
      try await ledger.fault("crash n4")
      let crashed = try await ledger.run("add-node", "n4", "--set", "patience=2s")
      #expect(crashed.exit == 5 && crashed.says("FAILED caught_up"), "\(crashed)")
      #expect(try await ledger.isUnchanged())
    }

    @Test(.timeLimit(.minutes(4))) func aMemberIsReplacedDeadOrAlive() async throws {
      let ledger = try await LedgerLab("actual")
      // The one that leads hands over first: this version can only stop it until another one is elected.
      let old = try ledger.leader()
      let living = try await ledger.run(
        "replace-node", old, "--with", "n4", "--set", "settle=0s")
      #expect(living.exit == 0, "\(living)")
      var expected = ["n1", "n2", "n3", "n4"].filter { $0 != old }
      #expect(try await ledger.members() == expected)
      let words = try ledger.changes().map { $0.split(separator: " ")[1] }
      #expect(words == ["JoinCluster", "TransferLeadership", "LeaveCluster"], "\(words)")
      let leader = try ledger.leader()
      #expect(leader != old)

      // A dead one leaves first, or the new one would raise the quorum of those who are left.
      let dead = try #require(expected.first { $0 != leader && $0 != "n4" })
      try await ledger.lab.fault(dead, "stop-service")
      let replaced = try await ledger.run("replace-node", dead, "--with", "n5", "--set", "settle=0s")
      #expect(replaced.exit == 0, "\(replaced)")
      expected = expected.filter { $0 != dead } + ["n5"]
      #expect(try await ledger.members() == expected)
      #expect(
        try ledger.changes().suffix(2).map { $0.split(separator: " ")[1] } == ["LeaveCluster", "JoinCluster"])
    }
  }
}
