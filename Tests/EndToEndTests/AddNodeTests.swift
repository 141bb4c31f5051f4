import TestSupport
import Lab
import Model
import Platform
import Testing

/// One test after the other: clusters hold elections while they are tested.
@Suite(.serialized) struct EndToEndTests {
  /// Everything that needs a cluster and leaves it as it was shares one lab.
  @Suite(.enabled(if: EtcdLab.isPossible, EtcdLab.obstacle), EtcdLab()) struct OnOneLab {}
}

extension EndToEndTests.OnOneLab {
  @Suite struct AddNodeTests {
    @Test(.timeLimit(.minutes(3))) func aSpareBecomesTheFourthVoterAndLeavesAgain() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let before = try await lab.memberList()
      let untouched = try await lab.spareState("n4")
      let configuration = try await lab.configuration(of: "n4")

      let added = try await belay.run("add-node", "n4", "--yes")
      #expect(added.exit == 0, "\(added)")
      let members = try await lab.memberList()
      #expect(members.count == 4)
      #expect(members.allSatisfy { $0.contains(", started, ") && $0.hasSuffix(", false") }, "\(members)")
      let address = try lab.node("n4").address
      #expect(members.contains { $0.contains(", n4, http://\(address):2380") })
      let file = try await lab.output("n4", "stat -c '%a %U:%G' /etc/default/etcd; cat /etc/default/etcd")
      #expect(file.hasPrefix("644 root:root\n"))
      #expect(file.contains("ETCD_NAME=n4\n"))
      // What was reviewed is what was written, line for line.
      for line in file.split(separator: "\n").dropFirst() {
        #expect(added.unwrapped.contains("+ \(line)"), "\(line)")
      }
      #expect(
        try await lab.output("n4", "systemctl is-active etcd; systemctl is-enabled etcd")
          == "active\nenabled\n")
      let left = try await lab.output("n4", "ls /etc/default; ls /var/lib/belay/receipts")
      #expect(!left.contains("belay-before") && !left.contains("belay-new"), "\(left)")

      let verified = try await belay.run("journal", "verify", "last")
      #expect(verified.exit == 0 && verified.out.contains("sound"), "\(verified)")
      let shown = try await belay.run("show", "last")
      #expect(shown.exit == 0)
      for text in [": done", "join @", "member add n4", "promote @", "healthy  verify"] {
        #expect(shown.out.contains(text), "\(text) is missing in \(shown.out)")
      }
      // It is a member now, whatever the inventory says.
      let again = try await belay.run("add-node", "n4", "--yes")
      #expect(again.exit == 4 && again.says("n4 is a member of the cluster already"), "\(again)")

      try await lab.remove("n4", with: belay, keeping: configuration)
      #expect(try await lab.memberList() == before)
      #expect(try await belay.run("journal", "verify", "last").exit == 0)
      #expect(try await lab.spareState("n4") == untouched)
    }

    @Test(
      .timeLimit(.minutes(1)),
      arguments: ["configure", "join", "start", "promote"].flatMap { step in
        ["before", "at", "after"].map { "\(step):\($0)" }
      })
    func aFailedActIsUndone(rehearsal: String) async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let members = try await lab.memberList()
      let node = try await lab.spareState("n5")

      let result = try await belay.run("add-node", "n5", "--yes", "--rehearse-failure", rehearsal)
      #expect(result.exit == 5, "\(result)")
      #expect(result.err.contains("verified: the cluster is as it was before"), "\(result)")
      for line in [
        "happened  failed and rolled back", "undone    ", "owed      nothing", "next      belay show",
      ] {
        #expect(result.err.contains("\n\(line)"), "\(line) is missing in \(result)")
      }
      #expect(try await lab.memberList() == members)
      #expect(try await lab.spareState("n5") == node)
      let verified = try await belay.run("journal", "verify", "last")
      #expect(verified.exit == 0, "\(verified)")
    }

    @Test(.timeLimit(.minutes(2))) func aLearnerThatCannotHearTheLeaderIsTakenOutAgain() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let members = try await lab.memberList()
      let node = try await lab.spareState("n4")
      let leader = try await lab.leader()

      let run = try RunningBelay(belay, ["add-node", "n4", "--yes", "--set", "patience=4s"])
      try await run.waitToSay("ok     configure")
      try await lab.fault("n4", "drop-from", leader)
      let exit = try await run.end()
      try await lab.fault("n4", "accept-all")
      #expect(exit == 5, "\(run.output)")
      #expect(run.output.contains("FAILED start @n4: it took longer than 4 s"), "\(run.output)")
      #expect(try await lab.memberList() == members)
      #expect(try await lab.spareState("n4") == node)
    }

    /// The last verification fails when the node votes already: a voter has to leave again.
    @Test(.timeLimit(.minutes(2))) func aFailedVerificationUndoesThePromotionToo() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let members = try await lab.memberList()
      let node = try await lab.spareState("n4")
      let path = "runbooks/etcd/add-node.yaml"
      let runbook = String(
        decoding: try readFile(belay.scratch.path(of: path), limit: 1 << 20), as: UTF8.self)
      let strict = runbook.replacing("| length) + 1\n    within: 1m", with: "| length) + 2\n    within: 6s")
      try #require(strict != runbook)
      _ = try belay.scratch.write(strict, to: path)

      let result = try await belay.run("add-node", "n4", "--yes")
      #expect(result.exit == 5, "\(result)")
      #expect(
        result.err.contains("ok     promote") && result.err.contains("FAILED healthy: expected"), "\(result)")
      #expect(result.err.contains("undone    start, then join, then configure"), "\(result)")
      #expect(try await lab.memberList() == members)
      #expect(try await lab.spareState("n4") == node)
    }

    @Test(.timeLimit(.minutes(2))) func aNodeWhoseEtcdDiesIsTakenOutAgain() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let members = try await lab.memberList()

      let run = try RunningBelay(belay, ["add-node", "n4", "--yes", "--set", "patience=3s"])
      try await run.waitToSay("act    start")
      // Both what is running and what is about to run.
      for _ in 0..<50 {
        // It may be cancelled by the start that belay asks for.
        try? await lab.fault("n4", "stop-service")
        try await Task.sleep(for: .milliseconds(100))
        if run.output.contains("rolling back") { break }
      }
      #expect(try await run.end() == 5, "\(run.output)")
      #expect(try await lab.memberList() == members)
    }
  }
}
