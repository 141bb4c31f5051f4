package import Model

/// Collects what is wrong while a file is read; shared by all readers of one load.
final class Problems {
  private(set) var diagnostics: [Diagnostic] = []
  private var dropped: [Diagnostic.Severity: Int] = [:]
  /// A hostile file must not fill the screen or the memory.
  private let limit = 100

  /// From here on problems are only counted: no need to work out what they could say.
  var isFull: Bool { diagnostics.count >= limit }

  func report(_ diagnostic: Diagnostic) {
    guard !isFull else {
      dropped[diagnostic.severity, default: 0] += 1
      return
    }
    diagnostics.append(diagnostic)
  }

  func error(
    _ code: String, _ message: String, at location: SourceLocation?, help: String? = nil,
    notes: [Diagnostic.Note] = []
  ) {
    report(Diagnostic(.error, code, message, at: location, help: help, notes: notes))
  }

  func warning(
    _ code: String, _ message: String, at location: SourceLocation?, help: String? = nil,
    notes: [Diagnostic.Note] = []
  ) {
    report(Diagnostic(.warning, code, message, at: location, help: help, notes: notes))
  }

  /// Everything reported, in the order of the text.
  func sorted() -> [Diagnostic] {
    var all = diagnostics.enumerated()
      .sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }
      .map(\.element)
    for severity in [Diagnostic.Severity.error, .warning] {
      guard let count = dropped[severity] else { continue }
      all.append(
        Diagnostic(severity, "too-many-problems", "\(count) more \(severity.rawValue)s are not shown"))
    }
    return all
  }
}

extension Diagnostic {
  /// What belongs to no place comes first.
  fileprivate var place: SourceLocation {
    location ?? SourceLocation(file: "", line: 0, column: 0)
  }
}

/// What a load gave: a value unless there were errors, and every file that was read for it.
package struct LoadResult<Loaded: Sendable>: Sendable {
  /// Nil exactly when `diagnostics` has an error.
  package let value: Loaded?
  /// In the order of the text.
  package let diagnostics: [Diagnostic]
  /// What a plan's digest must cover, and what diagnostics are shown with.
  package let sources: [SourceFile]

  init(_ value: Loaded?, _ problems: Problems, sources: [SourceFile]) {
    self.init(value, diagnostics: problems.sorted(), sources: sources)
  }

  package func map<Other>(_ transform: (Loaded) -> Other) -> LoadResult<Other> {
    LoadResult<Other>(value.map(transform), diagnostics: diagnostics, sources: sources)
  }

  init(_ value: Loaded?, diagnostics: [Diagnostic], sources: [SourceFile]) {
    self.diagnostics = diagnostics
    self.value = diagnostics.hasErrors ? nil : value
    self.sources = sources
  }
}
