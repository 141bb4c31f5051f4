package import Model

/// One thing that can be known to go wrong before a run does. The page of all rules and the tests that each of
/// them fires, and keeps silent, are made from these values.
package struct LintRule: Sendable {
  /// What a rule looks at, in the form an author would write it.
  package enum Example: Sendable {
    /// What stands under `steps:` of a runbook.
    case steps(String)
    /// A whole `system.yaml`.
    case system(String)
    /// A whole inventory.
    case inventory(String)

    package var text: String {
      switch self {
      case .steps(let text), .system(let text), .inventory(let text): text
      }
    }
  }

  enum Check: Sendable {
    case command(@Sendable (LintCommand, LintScript) -> [LintFinding])
    case script(@Sendable (LintScript) -> [LintFinding])
    case runbook(@Sendable (LintRunbook) -> [LintFinding])
    case system(@Sendable (ClusterSystem) -> [LintFinding])
    case inventory(@Sendable (Inventory) -> [LintFinding])
  }

  package let id: String
  package let severity: Diagnostic.Severity
  /// One sentence for lists.
  package let summary: String
  /// Why it matters and what to do instead.
  package let explanation: String
  /// What to type next, shown with each finding that says nothing better.
  let help: String
  package let fires: Example
  package let passes: Example
  let check: Check

  init(
    _ id: String, _ summary: String, severity: Diagnostic.Severity = .warning, explanation: String,
    help: String, fires: Example, passes: Example, check: Check
  ) {
    self.id = id
    self.severity = severity
    self.summary = summary
    self.explanation = explanation
    self.help = help
    self.fires = fires
    self.passes = passes
    self.check = check
  }
}

/// Where a rule found something, and what.
struct LintFinding {
  private enum Place {
    case known(SourceLocation)
    /// Bytes of a command, whose line is only worked out when it is shown.
    case bytes(Range<Int>, ScalarText)
  }

  private var message: String
  private var place: Place
  /// Nil: the rule's own.
  private var help: String?
  private var notes: [Diagnostic.Note]

  init(_ message: String, at location: SourceLocation, help: String? = nil, notes: [Diagnostic.Note] = []) {
    self.message = message
    self.place = .known(location)
    self.help = help
    self.notes = notes
  }

  init(
    _ message: String, at range: Range<Int>, of text: ScalarText, help: String? = nil,
    notes: [Diagnostic.Note] = []
  ) {
    self.message = message
    self.place = .bytes(range, text)
    self.help = help
    self.notes = notes
  }

  func diagnostic(_ rule: LintRule) -> Diagnostic {
    let location =
      switch place {
      case .known(let location): location
      case .bytes(let range, let text): text.location(atByte: range.lowerBound, length: range.count)
      }
    return Diagnostic(rule.severity, rule.id, message, at: location, help: help ?? rule.help, notes: notes)
  }
}
