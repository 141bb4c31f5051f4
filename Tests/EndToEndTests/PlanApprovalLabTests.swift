import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests.OnOneLab {
  /// The whole way once, on a cluster: the inventory demands an approval, and a reviewed plan is applied with it.
  @Suite struct PlanApprovalLabTests {
    @Test(
      "guarantee 9: a cluster's plan is applied once a colleague has approved it", .timeLimit(.minutes(3)))
    func approvedOnACluster() async throws {
      let lab = try EtcdLab.lab
      var belay = try lab.belay()
      let members = try await lab.memberList()
      var signers = ""
      for person in ["alice", "bob"] {
        let key = belay.scratch.path(of: person)
        try FixtureProcess.run([SSHDFixture.sshKeygen, "-q", "-t", "ed25519", "-N", "", "-f", key])
        let text = String(decoding: try readFile(key + ".pub", limit: 9999), as: UTF8.self)
        signers +=
          "\(person)@example.org " + text.split(separator: " ").prefix(2).joined(separator: " ") + "\n"
      }
      _ = try belay.scratch.write(signers, to: "signers")
      let inventory = String(decoding: try readFile(lab.files.inventory, limit: 1 << 20), as: UTF8.self)
      let rule = "approvals: { required: 1, allowed_signers: signers }\n"
      belay.inventory = try belay.scratch.write(rule + inventory, to: "inventory.yaml")

      let rash = try await belay.run("add-node", "n4", "--yes")
      #expect(rash.exit == 4 && rash.err.contains("needs the approval of 1 person"), "\(rash)")
      let planned = try await belay.run("plan", "add-node", "n4", "--out", "the.plan", "--key", "alice")
      #expect(planned.exit == 0, "\(planned)")
      let early = try await belay.run("apply", "the.plan")
      #expect(early.exit == 4 && early.err.contains("belay approve the.plan"), "\(early)")
      #expect(belay.journalCount() == 0)

      let digest = try #require(
        try JSONReader.parse(try readFile(belay.scratch.path(of: "the.plan"), limit: 1 << 24))["digest"]?
          .stringValue)
      let approved = try await belay.run("approve", "the.plan", "--key", "bob", "--digest", digest)
      #expect(approved.exit == 0, "\(approved)")
      let applied = try await belay.run("apply", "the.plan", "--rehearse-failure", "join:after")
      #expect(applied.exit == 5, "\(applied)")
      #expect(try await lab.memberList() == members)
      let signed = try belay.records("signed").compactMap { $0["data"]?["signature"]?["principals"] }
      #expect(signed == [["alice@example.org"], ["bob@example.org"]])
      #expect(try await belay.run("journal", "verify", "last").exit == 0)
    }
  }
}
