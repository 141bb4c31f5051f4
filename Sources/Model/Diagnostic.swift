/// One thing wrong with what the user gave us, as a value: collected, sorted and printed, never thrown one by one.
package struct Diagnostic: Hashable, Codable, Sendable {
  package enum Severity: String, Codable, Sendable {
    case error, warning
  }

  package var severity: Severity
  /// A stable identifier such as `unknown-key`.
  package var code: String
  /// What happened, without a final full stop.
  package var message: String
  package var location: SourceLocation?
  /// What to type next, or "did you mean".
  package var help: String?
  /// Other places that matter, such as where a name was first defined.
  package var notes: [Note]

  package struct Note: Hashable, Codable, Sendable {
    package var message: String
    package var location: SourceLocation?
    package init(_ message: String, at location: SourceLocation? = nil) {
      self.message = message
      self.location = location
    }
  }

  package init(
    _ severity: Severity = .error, _ code: String, _ message: String, at location: SourceLocation? = nil,
    help: String? = nil, notes: [Note] = []
  ) {
    self.severity = severity
    self.code = code
    self.message = message
    self.location = location
    self.help = help
    self.notes = notes
  }
}

/// A list of diagnostics as an error, for the places that cannot go on.
package struct DiagnosticList: Error, Sendable {
  package var diagnostics: [Diagnostic]
  package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
}

extension Sequence<Diagnostic> {
  package var hasErrors: Bool { contains { $0.severity == .error } }
}
