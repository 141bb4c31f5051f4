import Lab
import TestSupport
import Testing

extension EndToEndTests.OnLedger {
  @Suite struct MembershipTests {
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
