package import Model

/// Why a file cannot be used, with what to do about it; the caller knows where its name was written.
package struct FileProblem: Error, Hashable, Sendable {
  package var code: String
  package var message: String
  package var help: String?
  /// The place inside the file, where one is to blame.
  package var location: SourceLocation?

  package init(_ code: String, _ message: String, help: String? = nil, at location: SourceLocation? = nil) {
    self.code = code
    self.message = message
    self.help = help
    self.location = location
  }

  package func diagnostic(at location: SourceLocation? = nil) -> Diagnostic {
    Diagnostic(.error, code, message, at: location ?? self.location, help: help)
  }
}
