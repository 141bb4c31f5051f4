/// What an inventory demands before a plan changes one of its clusters.
package struct ApprovalRule: Hashable, Sendable {
  /// How many people besides the one who made the plan.
  package var required: Int
  /// An OpenSSH allowed-signers file.
  package var allowedSigners: String

  package init(required: Int, allowedSigners: String) {
    self.required = required
    self.allowedSigners = allowedSigners
  }
}
