import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests.OnOneLab {
  /// Runs on a real cluster that are undone after they have ended.
  @Suite struct WayBackLabTests {
    @Test(.timeLimit(.minutes(5))) func whatIsOwedToANodeThatIsOffIsSettledWhenItIsBack() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let members = try await lab.memberList()
      let node = try await lab.spareState("n5")
      #expect(try await belay.run("add-node", "n5", "--yes").exit == 0)
      try await lab.fault("n5", "link-down")
      let partly = try await belay.run("rollback", "last", "--yes", "--timeout", "2s", timeout: .seconds(200))
      try await lab.fault("n5", "link-up")
      #expect(partly.exit == 6, "\(partly)")
      let owed = try await belay.run("runs", "--owed", "--json")
      let listed = try JSONReader.parse(owed.out.trimmingEnd())
      let steps = listed["owed"]?.arrayValue?.filter { $0["kind"]?.stringValue == "undo" } ?? []
      #expect(steps.compactMap { $0["step"]?.stringValue } == ["configure", "start"], "\(owed)")
      #expect(
        steps.allSatisfy { $0["node"]?.stringValue == "n5" && $0["command"]?.stringValue != nil }, "\(owed)")

      let settled = try await belay.run("rollback", "last", "--yes", timeout: .seconds(200))
      #expect(settled.exit == 0, "\(settled)")
      #expect(try await lab.memberList() == members)
      let after = try await lab.spareState("n5")
      #expect(after == node)
      #expect(try await belay.run("runs", "--owed").out.isEmpty)
    }

    @Test(.timeLimit(.minutes(3))) func aFinishedAddNodeIsTakenBackOnceAnotherLeads() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let members = try await lab.memberList()
      let node = try await lab.spareState("n4")
      #expect(try await belay.run("add-node", "n4", "--yes").exit == 0)
      let plan = try await belay.run("rollback", "last", "--plan")
      #expect(plan.exit == 0, "\(plan)")
      for text in [
        "1. undo start", "2. undo join", "3. undo configure", "promote: join", "after it: 3 voters",
      ] {
        #expect(plan.out.contains(text), "\(text) is missing in \(plan)")
      }
      let list = try await lab.memberList().first { $0.contains(", n4, ") }
      let id = try #require(list?.split(separator: ",").first.map(String.init))
      let leader = try await lab.leader()
      _ = try await lab.output(leader, "etcdctl move-leader \(id)")

      let refused = try await belay.run("rollback", "last", "--yes")
      #expect(refused.exit == 4 && refused.says("belay move-leader n4"), "\(refused)")
      #expect(try await lab.memberList().count == 4)
      #expect(try await belay.run("move-leader", "n4", "--yes").exit == 0)
      let run = try await belay.run("runs").out.split(separator: "\n").first?.split(separator: " ").first
      let words = ["rollback", String(try #require(run)), "--yes"]
      let undone = try await belay.run(words)
      #expect(undone.exit == 0, "\(undone)")
      #expect(undone.says("verified: the cluster is as it was before"), "\(undone)")
      #expect(try await lab.memberList() == members)
      #expect(try await lab.spareState("n4") == node)
      #expect(try await belay.run(words).says("nothing to do"))
    }
  }
}

extension String {
  fileprivate func trimmingEnd() -> String { hasSuffix("\n") ? String(dropLast()) : self }
}
