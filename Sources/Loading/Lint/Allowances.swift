import Model

/// `# belay: allow RULE because REASON`: an author's word that a finding is known and meant. It holds for the
/// step, question or node that it stands in, or directly above.
struct Allowances {
  private struct Allowance {
    var rule: String
    var location: SourceLocation
    var span: Int
    var isUsed = false
  }

  private var allowances: [Allowance] = []
  /// Where the parts begin that an allowance can hold for, ascending.
  private let starts: [Int]
  private(set) var problems: [Diagnostic] = []

  /// `starts`: the lines of the steps. `shellComments`: those inside commands, which YAML takes for text.
  init(in file: SourceFile, starts: [Int], shellComments: [(text: String, location: SourceLocation)]) {
    self.starts = starts.sorted()
    guard file.text.contains(Self.marker) else { return }
    let written = yamlComments(in: file) + shellComments
    for comment in written where comment.text.contains(Self.marker) {
      read(comment.text, comment.location, file)
    }
  }

  private static let marker = "belay: allow"

  private mutating func read(_ text: String, _ place: SourceLocation, _ file: SourceFile) {
    let body = text.drop { $0 == "#" || $0 == " " }
    guard body.hasPrefix(Self.marker) else { return }
    let rest = body.dropFirst(Self.marker.count)
    let parts = rest.split(separator: " because ", maxSplits: 1, omittingEmptySubsequences: false)
    let reason = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
    let rules = parts[0].split { $0 == " " || $0 == "," }.map(String.init).filter { $0 != "because" }
    var location = place
    location.length = text.unicodeScalars.count
    guard !rules.isEmpty else {
      return complain("this comment allows nothing: it names no rule", at: location)
    }
    guard !reason.isEmpty else {
      return complain("this comment does not say why \(rules[0]) is allowed here", at: location)
    }
    for rule in rules {
      guard LintRule.all.contains(where: { $0.id == rule }) else {
        problems.append(
          Diagnostic(
            .error, "bad-allow", "there is no rule \(quoted(rule))", at: location,
            help: didYouMean(rule, among: LintRule.all.map(\.id)) ?? "`belay check --rules` lists them"))
        continue
      }
      allowances.append(.init(rule: rule, location: location, span: span(ofComment: place.line, in: file)))
    }
  }

  private mutating func complain(_ message: String, at location: SourceLocation) {
    problems.append(
      Diagnostic(
        .error, "bad-allow", message, at: location,
        help: "write `# belay: allow RULE because …`, with the reason that you would give a colleague"))
  }

  /// A comment on lines of its own belongs to what follows it.
  private func span(ofComment line: Int, in file: SourceFile) -> Int {
    var next = line
    while let text = file.line(next), text.drop(while: { $0 == " " }).first == "#" { next += 1 }
    return span(of: starts.contains(next) ? next : line)
  }

  /// The part that a line is in; -1 before the first.
  private func span(of line: Int) -> Int {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= line { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }

  /// Whether the author has allowed this.
  mutating func allow(_ diagnostic: Diagnostic) -> Bool {
    guard !allowances.isEmpty, let line = diagnostic.location?.line else { return false }
    let span = span(of: line)
    var isAllowed = false
    for index in allowances.indices
    where allowances[index].rule == diagnostic.code && allowances[index].span == span {
      allowances[index].isUsed = true
      isAllowed = true
    }
    return isAllowed
  }

  /// Allowances that outlived what they were written for, or that stand in the wrong place.
  var unused: [Diagnostic] {
    allowances.filter { !$0.isUsed }.map { allowance in
      Diagnostic(
        .warning, "unused-allow", "nothing here breaks the rule \(allowance.rule)", at: allowance.location,
        help: "remove the comment, or put it directly above the step it is meant for")
    }
  }
}

/// Every comment that YAML sees: what begins with `#` outside of all its scalars.
private func yamlComments(in file: SourceFile) -> [(text: String, location: SourceLocation)] {
  var events = YAMLEvents(file.text)
  var scalars: [Int: [Range<Int>]] = [:]
  while let event = try? events.next() {
    if case .streamEnd = event.event { break }
    guard case .scalar(_, let style, _) = event.event else { continue }
    let isBlock = style == .literal || style == .folded
    for line in event.start.line...max(event.start.line, event.end.line) {
      // The header of a block may have a comment behind it.
      if isBlock, line == event.start.line { continue }
      let start = line == event.start.line ? event.start.column : 0
      let end = line == event.end.line ? event.end.column : Int.max
      if start < end { scalars[line, default: []].append(start..<end) }
    }
  }
  var comments: [(String, SourceLocation)] = []
  var number = 0
  while let line = file.line(number + 1) {
    defer { number += 1 }
    guard line.contains("#") else { continue }
    let inside = scalars[number] ?? []
    var previous: Unicode.Scalar = " "
    for (column, scalar) in line.unicodeScalars.enumerated() {
      defer { previous = scalar }
      guard scalar == "#", previous == " " || previous == "\t",
        !inside.contains(where: { $0.contains(column) })
      else { continue }
      let text = String(line.unicodeScalars.dropFirst(column))
      comments.append((text, SourceLocation(file: file.path, line: number + 1, column: column + 1)))
      break
    }
  }
  return comments
}
