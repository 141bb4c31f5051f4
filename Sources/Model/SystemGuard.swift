/// What a system asks before something happens to one of its members: a query that must be true, and why.
package struct SystemGuard: Sendable {
  package enum Severity: String, CaseIterable, Codable, Sendable {
    /// What it forbids is not done.
    case error
    /// It is said, and done all the same.
    case warning
  }

  package var name: String
  /// The effects before which it is asked.
  package var effects: [Effect.Kind]
  /// jq over `$cluster`, `$after`, `$target` and `$effect`.
  package var require: ScalarText
  package var because: ScalarText
  /// Queries whose values show what it was judged on.
  package var evidence: [ScalarText]
  package var severity: Severity
  /// Whether an operator may go past it, saying why.
  package var isOverridable: Bool
  package var location: SourceLocation

  package init(
    name: String, effects: [Effect.Kind], require: ScalarText, because: ScalarText, evidence: [ScalarText],
    severity: Severity, isOverridable: Bool = true, location: SourceLocation
  ) {
    self.isOverridable = isOverridable
    self.name = name
    self.effects = effects
    self.require = require
    self.because = because
    self.evidence = evidence
    self.severity = severity
    self.location = location
  }

  /// A restart is a stop, for as long as it takes.
  package func isAsked(before kind: Effect.Kind) -> Bool {
    effects.contains(kind) || kind == .restart && effects.contains(.stop)
  }
}
