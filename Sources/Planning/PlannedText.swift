package import Model

/// A piece of a text that holds secrets: the plan knows only where they go.
package enum PlannedTextPart: Codable, Hashable, Sendable {
  case text(String)
  /// The input of that name.
  case secret(String)
}

extension [PlannedTextPart] {
  /// As plans and journals have it.
  package var shown: String {
    map { if case .text(let text) = $0 { text } else { Secret.shown } }.joined()
  }

  /// Nil when a secret is missing.
  package func revealed(_ secrets: [String: Secret]) -> String? {
    var result = ""
    for part in self {
      switch part {
      case .text(let text): result += text
      case .secret(let name):
        guard let secret = secrets[name] else { return nil }
        result += secret.reveal()
      }
    }
    return result
  }

  var holdsSecrets: Bool { contains { if case .secret = $0 { true } else { false } } }
}

extension PreviousFile {
  /// What a file held before may be a secret of an earlier time: only those lines are shown that the new
  /// version has too.
  func redacted(against content: String) -> PreviousFile {
    guard case .present(let old, let mode, let owner) = self else { return self }
    let known = Set(content.split(separator: "\n", omittingEmptySubsequences: false))
    let lines = old.split(separator: "\n", omittingEmptySubsequences: false)
      .map { known.contains($0) ? String($0) : Secret.shown }
    return .present(content: lines.joined(separator: "\n"), mode: mode, owner: owner)
  }
}
