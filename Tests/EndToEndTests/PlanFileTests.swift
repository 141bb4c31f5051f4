import TestSupport
import Lab
import Model
import Platform
import Testing

extension EndToEndTests.OnOneLab {
  @Suite struct PlanFileTests {
    /// Guarantee 9: what was approved is what runs; any difference refuses and is named.
    @Test(.timeLimit(.minutes(3))) func applyDoesWhatWasReviewedOrSaysWhatChanged() async throws {
      let lab = try EtcdLab.lab
      var belay = try lab.belay()
      let members = try await lab.memberList()
      let inventory = String(decoding: try readFile(lab.files.inventory, limit: 1 << 20), as: UTF8.self)
      let knownHosts = String(decoding: try readFile(lab.files.knownHosts, limit: 1 << 20), as: UTF8.self)
      let ownKnownHosts = try belay.scratch.write(knownHosts, to: "known_hosts")
      let ownInventory = inventory.replacing(lab.files.knownHosts, with: ownKnownHosts)
      belay.inventory = try belay.scratch.write(ownInventory, to: "inventory.yaml")

      let planned = try await belay.run("plan", "add-node", "n4", "--out", "the.plan")
      #expect(planned.exit == 0, "\(planned)")
      let detailed = try await belay.run("plan", "add-node", "n4", "--detailed-exitcode")
      #expect(detailed.exit == 20)

      func refused(_ exit: Int = 9, naming texts: String..., after change: String) async throws {
        let result = try await belay.run("apply", "the.plan")
        #expect(result.exit == exit, "after \(change): \(result)")
        for text in texts { #expect(result.err.contains(text), "after \(change): \(result)") }
        #expect(belay.journalCount() == 0, "after \(change) a run was started")
      }

      let runbook = String(
        decoding: try readFile(belay.scratch.path(of: "runbooks/etcd/add-node.yaml"), limit: 1 << 20),
        as: UTF8.self)
      _ = try belay.scratch.write(
        runbook.replacing("enable --now etcd", with: "start etcd"), to: "runbooks/etcd/add-node.yaml")
      try await refused(naming: "add-node.yaml was edited", after: "an edit of the runbook")
      _ = try belay.scratch.write(runbook, to: "runbooks/etcd/add-node.yaml")

      _ = try belay.scratch.write(
        ownInventory.replacing("state: spare }", with: "state: spare, vars: { token: other } }"),
        to: "inventory.yaml")
      try await refused(
        naming: "inventory.yaml was edited", "settings of n4", after: "an edit of the inventory")
      _ = try belay.scratch.write(ownInventory, to: "inventory.yaml")

      let (n4, n5) = (try lab.node("n4").address, try lab.node("n5").address)
      let lines = knownHosts.split(separator: "\n").filter { !$0.hasPrefix(n4) }
      let other = try #require(lines.first { $0.hasPrefix(n5) })
      _ = try belay.scratch.write(
        (lines.map(String.init) + [String(other).replacing(n5, with: n4), ""]).joined(separator: "\n"),
        to: "known_hosts")
      try await refused(naming: "the recorded host key of n4 has changed", after: "another host key")
      _ = try belay.scratch.write(knownHosts, to: "known_hosts")

      let peer = "http://\(n5):2380"
      _ = try await lab.output("n1", "etcdctl member add n5 --learner --peer-urls=\(peer)")
      try await refused(naming: "member is new or changed", "n5", after: "a member was added")
      _ = try await lab.output(
        "n1", "etcdctl member remove $(etcdctl member list | grep -F '\(peer)' | cut -d, -f1)")

      _ = try await lab.output("n4", "echo '# a colleague was here' >> /etc/default/etcd")
      try await refused(naming: "a file of step configure has changed", after: "an edit on the node")
      _ = try await lab.output("n4", "sed -i '/colleague/d' /etc/default/etcd")

      let plan = String(
        decoding: try readFile(belay.scratch.path(of: "the.plan"), limit: 8 << 20), as: UTF8.self)
      _ = try belay.scratch.write(plan.replacing("--learner", with: "--leaner"), to: "the.plan")
      try await refused(3, naming: "it was changed after it was made", after: "an edit of the plan")
      _ = try belay.scratch.write(String(plan.prefix(plan.count / 2)), to: "the.plan")
      try await refused(3, naming: "no plan file", after: "a cut of the plan")
      _ = try belay.scratch.write(plan, to: "the.plan")

      #expect(try await lab.memberList() == members)
      let applied = try await belay.run("apply", "the.plan", "--rehearse-failure", "join:after")
      #expect(applied.exit == 5, "\(applied)")
      #expect(applied.err.contains("ok     join"), "\(applied)")
      #expect(try await lab.memberList() == members)
    }
  }
}
