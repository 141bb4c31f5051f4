import Model

/// Reads `approvals:`; the path is taken from where the inventory is.
struct ApprovalRuleReader {
  let path: Shape<String>
  let problems: Problems

  func read(_ node: YAMLNode, _ subject: String) -> ApprovalRule? {
    guard var keys = MappingReader(node, subject, problems) else { return nil }
    let required = keys.required("required", .int(1...Self.mostPeople))
    let signers = keys.required("allowed_signers", path)
    keys.finish()
    guard let required, let signers else { return nil }
    return ApprovalRule(required: required, allowedSigners: signers)
  }

  private static let mostPeople = 20
}
