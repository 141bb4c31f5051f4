/// Who has to agree to a plan before it is applied.
package struct PlanApproval: Codable, Hashable, Sendable {
  /// How many people besides the author.
  package var required: Int
  /// An OpenSSH allowed-signers file.
  package var allowedSigners: String
  /// As the allowed signers call them; nil in a plan that is only shown.
  package var author: String?

  package init(required: Int, allowedSigners: String, author: String? = nil) {
    self.required = required
    self.allowedSigners = allowedSigners
    self.author = author
  }
}

/// A verified signature on a plan, with all that is needed to verify it again.
package struct PlanSignature: Codable, Hashable, Sendable {
  package enum Purpose: String, Codable, CaseIterable, Sendable {
    /// Says "I made it", and can never be taken for "I agree to it".
    case author, approve
  }

  package var purpose: Purpose
  /// Of the plan, and of all that was shown with it.
  package var digest: String
  package var evidence: String
  /// All the names of the signer.
  package var principals: [String]
  package var fingerprint: String
  /// In OpenSSH's form.
  package var signature: String
  /// SHA-256 of the allowed-signers file that it was held against.
  package var allowedSigners: String

  package static func statement(_ purpose: Purpose, digest: String, evidence: String) -> String {
    "\(purpose.rawValue) \(digest) \(evidence)"
  }

  /// What is signed: the statement as one line, so that `jq -r .statement` prints just that.
  package var message: String { Self.statement(purpose, digest: digest, evidence: evidence) + "\n" }

  package init(
    purpose: Purpose, digest: String, evidence: String, principals: [String], fingerprint: String,
    signature: String, allowedSigners: String
  ) {
    self.purpose = purpose
    self.digest = digest
    self.evidence = evidence
    self.principals = principals
    self.fingerprint = fingerprint
    self.signature = signature
    self.allowedSigners = allowedSigners
  }

  package var person: String { principals.first ?? fingerprint }
}
