import Lab
import TestSupport
import Testing

extension EndToEndTests.OnLedger {
  @Suite struct RecoveryTests {
    /// LG10, to its end; what goes wrong before it stands in the table.
    @Test(.timeLimit(.minutes(4))) func aSplitClusterStartsAnewFromTheNodeWithMost() async throws {
      let ledger = try await LedgerLab()
      let phrase = "start anew from n1 and lose what only n2,n3 have"
      let whole = try await ledger.run("split-brain", "n1", "n2,n3")
      #expect(whole.exit == 4 && whole.says("$before.agreed | not"), "\(whole)")

      let leader = try ledger.leader()
      let rivals = ["n1", "n2", "n3"].filter { $0 != leader }
      try await ledger.fault("two-leaders \(rivals.joined(separator: " "))")
      let anew = try await ledger.run("split-brain", "n1", "n2,n3", "--approve", "sure", "--confirm", phrase)
      #expect(anew.exit == 0, "\(anew)")
      #expect(try await ledger.members() == ["n1"])
      let kept = try await ledger.lab.output(
        "n2", "ls -d /var/lib/ledger*; ls /var/backups | grep ledger; true")
      #expect(kept.contains("/var/lib/ledger.set-aside-") && kept.contains(".tar"), "\(kept)")
      // The next start does not force a new cluster again.
      #expect(try await ledger.lab.output("n1", "grep MODE /etc/default/ledger") == "LEDGER_MODE=--join\n")
    }

    /// LG7: a server that knows no request for it is stopped until another one leads.
    @Test(.timeLimit(.minutes(4))) func leadershipMovesByAnElection() async throws {
      let ledger = try await LedgerLab("actual")
      let first = try ledger.leader()
      let moved = try await ledger.run("transfer-leadership", first)
      #expect(moved.exit == 0, "\(moved)")
      #expect(try ledger.leader() != first)
      #expect(try await ledger.isUnchanged())
      let log = try await ledger.lab.output(first, "journalctl -u ledger --no-pager --output=cat")
      #expect(log.contains("shut down"), "\(log)")
    }
  }
}
