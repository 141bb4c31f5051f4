import Glibc
import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests.OnLedger {
  @Suite struct ScalingTests {
    /// LG1, LG2, LG4, LG5, LG14: out to five, and in to three again with the controller killed between two removals.
    @Test(.timeLimit(.minutes(5))) func fiveVotersAndThreeAgainThoughTheControllerIsKilled() async throws {
      let ledger = try await LedgerLab()
      let out = try await ledger.run("scale-out", "n4,n5", "--set", "settle=1s")
      #expect(out.exit == 0, "\(out)")
      #expect(try await ledger.members() == ["n1", "n2", "n3", "n4", "n5"])
      let leader = try ledger.leader()
      #expect(try ledger.changes() == ["\(leader): JoinCluster 4", "\(leader): JoinCluster 5"])
      let file = try await ledger.lab.output(
        "n4", "stat -c '%a %U:%G' /etc/default/ledger; cat /etc/default/ledger /etc/default/ledger-peers.json"
      )
      #expect(file.hasPrefix("644 root:root\n") && file.contains("LEDGER_MODE=--join\n"), "\(file)")
      #expect(file.contains("{\"cached_at\": 0, \"peers\": [{\"addr\":"), "\(file)")

      let words = ["scale-in", "n4,n5", "--yes", "--approve", "calm", "--set", "settle=6s"]
      let run = try RunningBelay(ledger.belay, words)
      try await run.waitToSay("ok     one.n4.member.leave")
      run.signal(SIGKILL)
      #expect(try await run.end() == 128 + Int(SIGKILL))
      let resumed = try await ledger.belay.run("resume", "last")
      #expect(resumed.exit == 0, "\(run.output)\n\(resumed)")

      #expect(try await ledger.members() == ["n1", "n2", "n3"])
      // Each was asked for once, though the controller had to begin again.
      #expect(
        try ledger.changes().suffix(2) == ["\(leader): LeaveCluster 4", "\(leader): LeaveCluster 5"])
      #expect(try ledger.leader() == leader)
      let units = try await ledger.lab.output(
        "n5", "systemctl is-active ledger; systemctl is-enabled ledger; true")
      #expect(units == "inactive\ndisabled\n")
      #expect(try settlingTime(ledger.belay, "one.n4.member.leave", "one.n5.member.leave") >= 6)
      let verified = try await ledger.belay.run("journal", "verify", "last")
      #expect(verified.exit == 0, "\(verified)")
    }

    /// Seconds between the end of one act and the beginning of another, as the journal has them.
    private func settlingTime(_ belay: BelayProgram, _ first: String, _ second: String) throws -> Double {
      func moment(_ kind: String, _ step: String) throws -> Double {
        let record = try #require(
          try belay.records(kind).last { $0["data"]?["task"]?["step"]?.stringValue == step })
        let text = try #require(record["time"]?.stringValue)
        let match = try #require(text.firstMatch(of: /T(\d+):(\d+):([\d.]+)Z/))
        return (Double(match.1) ?? 0) * 3600 + (Double(match.2) ?? 0) * 60 + (Double(match.3) ?? 0)
      }
      // Whoever was killed before it was journaled has the receipt's word for it instead.
      let done = try (try? moment("finished", first)) ?? moment("settled", first)
      let next = try moment("intended", second)
      return next < done ? next + 86400 - done : next - done
    }
  }
}
