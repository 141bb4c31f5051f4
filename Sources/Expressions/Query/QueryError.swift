/// Why a query does not compile or did not give a value, and where in its text.
package struct QueryError: Error, Sendable, Equatable {
  package var message: String
  /// The bytes of the query's text that it speaks of.
  package var offset: Int
  package var length: Int
  package var help: String?

  package init(_ message: String, offset: Int, length: Int, help: String? = nil) {
    self.message = message
    self.offset = offset
    self.length = length
    self.help = help
  }

  init(_ message: String, at span: Span, help: String? = nil) {
    self.init(message, offset: span.start, length: max(1, span.end - span.start), help: help)
  }
}

/// A range of bytes in a query's text; `hidden` stands for the definitions that belay itself brings.
struct Span: Sendable, Hashable {
  var start: Int
  var end: Int

  static let hidden = Span(start: -1, end: -1)
  var isHidden: Bool { start < 0 }

  func through(_ other: Span) -> Span { Span(start: start, end: max(end, other.end)) }
}

/// What a query may use up before it is stopped with an error.
/// A query of a runbook needs a few hundred steps; these bounds only stop the ones that would hang.
package struct QueryLimits: Sendable, Hashable {
  /// Evaluations of a part of the query, or eight nodes of a value visited.
  package var steps = 1_000_000
  /// Evaluations nested in each other.
  package var depth = 10_000
  /// Values that the query as a whole gives.
  package var outputs = 100_000
  package var stringBytes = 16 << 20
  /// How deep a value that the query builds may nest: also what every other part of belay can take.
  package var valueDepth = 256
  package var patternRetries = 1_000_000

  package static let standard = QueryLimits()

  package init() {}
}
