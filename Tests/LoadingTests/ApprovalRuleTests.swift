import Model
import TestSupport
import Testing

@testable import Loading

/// `approvals:` of an inventory: how many have to agree to a change of a cluster, and who may.
@Suite struct ApprovalRuleTests {
  private func load(_ rule: String, cluster: String = "") -> LoadResult<Inventory> {
    let text = """
      \(rule)
      clusters:
        prod: { system: etcd, nodes: { n1: { address: 10.0.0.1 } }\(cluster) }
        lab: { system: etcd, nodes: { n2: { address: 10.0.0.2 } } }
      """
    return loadInventory([SourceFile(path: "inventories/a.yaml", text: text)], home: "/home/me")
  }

  private func rules(_ result: LoadResult<Inventory>) -> [ApprovalRule?]? {
    result.value?.clusters.map(\.approvals)
  }

  @Test func aClustersOwnRuleWins() {
    let all = ApprovalRule(required: 1, allowedSigners: "inventories/signers")
    let rule = "approvals: { required: 1, allowed_signers: ./signers }"
    #expect(rules(load("")) == [nil, nil])
    #expect(rules(load(rule)) == [all, all])
    let own = load(rule, cluster: ", approvals: { required: 2, allowed_signers: ~/signers }")
    #expect(rules(own) == [ApprovalRule(required: 2, allowedSigners: "/home/me/signers"), all])
  }

  /// A rule that cannot be read must never pass for none.
  @Test(arguments: [
    ("approvals: { required: 0, allowed_signers: s }", "\"required\" must be a whole number from 1 to 20"),
    ("approvals: { required: 21, allowed_signers: s }", "a whole number from 1 to 20"),
    ("approvals: { required: two, allowed_signers: s }", "a whole number from 1 to 20"),
    ("approvals: { required: 1 }", "has no \"allowed_signers\""),
    ("approvals: { allowed_signers: s }", "has no \"required\""),
    ("approvals: { required: 1, allowed_signer: s }", "unknown key \"allowed_signer\""),
    ("approvals: true", "must be a mapping"), ("approvals:", "must be a mapping"),
    ("approval: { required: 1, allowed_signers: s }", "unknown key \"approval\""),
  ])
  func aRuleThatCannotBeReadIsAnError(rule: String, says: String) {
    let result = load(rule)
    #expect(result.value == nil)
    #expect(
      result.diagnostics.contains { $0.message.contains(says) && $0.location?.line == 1 },
      "\(result.diagnostics)")
  }

  @Test func theSchemaKnowsIt() async throws {
    func inventory(_ rule: Value) -> Value {
      ["approvals": rule, "clusters": ["prod": ["system": "etcd", "approvals": rule, "nodes": [:]]]]
    }
    let documents = [
      inventory(["required": 2, "allowed_signers": "signers"]),
      inventory(["required": 0, "allowed_signers": "s"]),
      inventory(["required": 2]), inventory(["required": 2, "allowed_signers": "s", "more": 1]),
    ]
    let findings = try await JSONSchemaChecker(WrittenFormat.inventory.schema).findings(in: documents)
    #expect(findings[0].isEmpty, "\(findings[0])")
    for (document, findings) in zip(documents, findings).dropFirst() {
      #expect(!findings.isEmpty, "\(document.json())")
    }
  }
}
