import Lab
import TestSupport
import Testing

extension EndToEndTests.OnLedger {
  @Suite struct RecoveryTests {
    /// LG10: nothing is stopped before the indexes are known, somebody has said yes and typed what will be lost.
    @Test(.timeLimit(.minutes(4))) func aSplitClusterStartsAnewFromTheNodeWithMost() async throws {
      let ledger = try await LedgerLab()
      let phrase = "start anew from n1 and lose what only n2,n3 have"
      let whole = try await ledger.run("split-brain", "n1", "n2,n3")
      #expect(whole.exit == 4 && whole.says("$before.agreed | not"), "\(whole)")

      let leader = try ledger.leader()
      let rivals = ["n1", "n2", "n3"].filter { $0 != leader }
      try await ledger.fault("two-leaders \(rivals.joined(separator: " "))")
      let unsaid = try await ledger.run("split-brain", "n1", "n2,n3", "--approve", "sure")
      #expect(unsaid.exit == 4 && unsaid.says(phrase), "\(unsaid)")
      // An index that nobody tells is unknown, and not the least.
      try await ledger.fault("metrics-off n3")
      let unknown = try await ledger.run(
        "split-brain", "n1", "n2,n3", "--approve", "sure", "--confirm", phrase)
      #expect(unknown.exit != 0 && unknown.says("n3 have is not known"), "\(unknown)")
      #expect(try await ledger.isUnchanged())
      _ = try await ledger.lab.output("n1", "standin heal metrics-off")

      let anew = try await ledger.run("split-brain", "n1", "n2,n3", "--approve", "sure", "--confirm", phrase)
      #expect(anew.exit == 0, "\(anew)")
      #expect(try await ledger.members() == ["n1"])
      let kept = try await ledger.lab.output(
        "n2", "ls -d /var/lib/ledger*; ls /var/backups | grep ledger; true")
      #expect(kept.contains("/var/lib/ledger.set-aside-") && kept.contains(".tar"), "\(kept)")
      // The next start does not force a new cluster again.
      #expect(try await ledger.lab.output("n1", "grep MODE /etc/default/ledger") == "LEDGER_MODE=--join\n")
    }

    /// The real server resumes the old cluster with --single: one of three voters would be left, without a quorum.
    @Test(.timeLimit(.minutes(4))) func aVersionThatCannotForceIsNotStopped() async throws {
      let ledger = try await LedgerLab("actual")
      try await ledger.fault("two-leaders n1 n2 n3")
      let refused = try await ledger.run("split-brain", "n1", "n2,n3", "--approve", "sure")
      #expect(refused.exit == 4 && refused.says("resumes the old cluster with --single"), "\(refused)")
      #expect(try await ledger.isUnchanged())
    }

    /// LG8 where the server knows the request, LG7 where it does not.
    @Test(.timeLimit(.minutes(4)), arguments: ["documented", "actual"])
    func leadershipMoves(profile: String) async throws {
      let ledger = try await LedgerLab(profile)
      let first = try ledger.leader()
      let moved = try await ledger.run("transfer-leadership", first)
      #expect(moved.exit == 0, "\(moved)")
      #expect(try ledger.leader() != first)
      #expect(try await ledger.isUnchanged())
      let log = try await ledger.lab.output(first, "journalctl -u ledger --no-pager --output=cat")
      #expect(log.contains("shut down") == (profile == "actual"), "\(log)")

      // Two that cannot elect a third one must not lose who leads.
      let leader = try ledger.leader()
      let other = try #require(["n1", "n2", "n3"].first { $0 != leader })
      try await ledger.lab.fault(other, "stop-service")
      let refused = try await ledger.run("transfer-leadership", leader)
      #expect(refused.exit == 4 && refused.says("too few voters serve to elect another leader"), "\(refused)")
      #expect(try ledger.leader() == leader)
    }
  }
}
