/// Why a lab could not do what was asked, and what to do about it.
package struct LabError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What happened, without a final full stop.
  package var message: String
  /// What to type next.
  package var help: String?

  package init(_ message: String, help: String? = nil) {
    self.message = message
    self.help = help
  }

  package var description: String { help.map { "\(message)\nhelp: \($0)" } ?? message }
}
