import Lab
import TestSupport
import Testing

extension EndToEndTests.OnLedger {
  /// LG1, LG4, LG11 to LG13: what is wrong is found, with evidence and the command that mends it.
  @Suite struct DiagnosisTests {
    @Test(.timeLimit(.minutes(4))) func whatIsWrongIsFound() async throws {
      let ledger = try await LedgerLab()
      let well = try await ledger.belay.run("diagnose", "lab")
      #expect(well.exit == 0 && well.says("info too_small"), "\(well)")
      #expect(!well.says("warning ") && !well.says("critical "), "\(well)")

      let leader = try ledger.leader()
      let others = ["n1", "n2", "n3"].filter { $0 != leader }
      try await ledger.fault("errors \(leader)")
      try await ledger.fault("pending 80")
      try await ledger.fault("metrics-off \(others[0])")
      try await ledger.lab.fault(others[1], "stop-service")
      _ = try await ledger.lab.output(
        "n4",
        """
        mkdir -p /var/lib/ledger && cat > /etc/default/ledger <<END
        INFERADB__LEDGER__LISTEN=0.0.0.0:50051
        INFERADB__LEDGER__DATA=/var/lib/ledger
        END
        """)
      let id = try await ledger.lab.output(others[0], "cat /var/lib/ledger/node_id").filter(\.isNumber)
      _ = try await ledger.lab.output("n4", "echo \(id) > /var/lib/ledger/node_id; systemctl start ledger")
      _ = try await ledger.lab.output(
        "n5", "echo LEDGER_MODE= > /etc/default/ledger; systemctl start ledger; sleep 1")

      let ill = try await ledger.belay.run("diagnose", "lab")
      #expect(ill.exit == 4, "\(ill)")
      for text in [
        "critical member_down: \(others[1]) is a voter and does not serve",
        "mend  belay replace-node \(others[1]) --with n4",
        "critical same_id: more than one node has the identifier",
        "warning backlog: writes wait on \(leader)", "seen  80 proposals pending on \(leader)",
        "warning not_joined: n4 runs Ledger and is no member", "seen  it has not looked for peers",
        "warning does_not_start: Ledger did not start on n5", "seen  no data directory is given",
        "warning removal_blocked:", "seen  2 of 3 voters serve",
        "warning errors: \(leader) has written errors", "append entries timed out",
        "info index_unknown: how far the log of \(others[0]) is, is unknown",
      ] {
        #expect(ill.says(text), "\(text) is missing in \(ill)")
      }
      #expect(!ill.says("cut_off"), "\(ill)")
      // A diagnosis changes nothing.
      #expect(try ledger.changes() == [])
      #expect(ledger.belay.journalCount() == 0)
    }

    /// A partition names the pair, and what cannot be agreed on is not acted on.
    @Test(.timeLimit(.minutes(4))) func partitionsAndRivals() async throws {
      let ledger = try await LedgerLab("actual")
      let leader = try ledger.leader()
      let others = ["n1", "n2", "n3"].filter { $0 != leader }
      try await ledger.lab.fault(others[0], "drop-from", others[1])
      let cut = try await ledger.belay.run("diagnose", "lab")
      try await ledger.lab.fault(others[0], "accept-all")
      #expect(cut.exit == 4, "\(cut)")
      #expect(cut.says("critical cut_off: \(others[1]) does not reach \(others[0])"), "\(cut)")

      try await ledger.fault("two-leaders \(others[0]) \(others[1])")
      let split = try await ledger.belay.run("diagnose", "lab")
      #expect(split.exit == 4 && split.says("critical two_leaders:"), "\(split)")
      #expect(split.says("mend  belay split-brain "), "\(split)")
      let refused = try await ledger.run("add-node", "n4")
      #expect(refused.exit == 4 && refused.says("not agreed on"), "\(refused)")
      #expect(try await ledger.isUnchanged())
    }
  }
}
