import Model

/// Takes the known keys of a mapping one by one; what nobody asked for is reported at the end. The keys
/// asked for are the format's definition: no second list has to agree with it.
struct MappingReader {
  let location: SourceLocation
  /// What messages call the mapping: `the step "join"`.
  let subject: String
  /// Keys that are written but cannot be used, so that nobody also calls them missing.
  private(set) var unreadable: Set<String> = []

  private let problems: Problems
  private let entries: [YAMLEntry]
  private var known: [String] = []
  private var missing: [(keys: [String], diagnostic: Diagnostic)] = []

  /// Nil, and reported, when the node is no mapping.
  init?(_ node: YAMLNode, _ subject: String, _ problems: Problems) {
    guard case .mapping(let entries) = node.content else {
      problems.mismatch(node, subject, expected: "a mapping of keys to values")
      return nil
    }
    self.location = node.location
    self.subject = subject
    self.problems = problems
    self.entries = entries
  }

  mutating func optional<Result>(_ key: String, _ shape: Shape<Result>) -> Result? {
    guard let node = node(key) else { return nil }
    let value = shape.read(node, "\"\(key)\"", problems)
    if value == nil { unreadable.insert(key) }
    return value
  }

  mutating func required<Result>(_ key: String, _ shape: Shape<Result>) -> Result? {
    if !has(key) {
      let help = "add \"\(key):\" with \(shape.expected)"
      reportMissing(
        [key], Diagnostic(.error, "missing-key", "\(subject) has no \"\(key)\"", at: location, help: help))
    }
    return optional(key, shape)
  }

  /// Where each key is written.
  var places: [String: SourceLocation] {
    Dictionary(entries.map { ($0.key.value, $0.key.location) }) { first, _ in first }
  }

  /// Reported at the end, unless one of the keys turns out to be there, only misspelt.
  mutating func reportMissing(_ keys: [String], _ diagnostic: Diagnostic) {
    missing.append((keys, diagnostic))
  }

  /// The value of a key whose reader needs more than the node itself.
  mutating func node(_ key: String) -> YAMLNode? {
    known.append(key)
    return entries.first { $0.key.value == key }?.value
  }

  /// For what is wrong with a value beyond its shape.
  mutating func markUnreadable(_ key: String) { unreadable.insert(key) }

  func has(_ key: String) -> Bool { entries.contains { $0.key.value == key } }

  func location(of key: String) -> SourceLocation {
    entries.first { $0.key.value == key }?.key.location ?? location
  }

  /// Reports unknown and missing keys. Call it once, after the last key was asked for.
  mutating func finish() {
    let absent = known.filter { !has($0) }
    for entry in entries where !known.contains(entry.key.value) {
      let key = entry.key.value
      let meant =
        problems.isFull ? nil : suggestion(for: key, among: absent) ?? suggestion(for: key, among: known)
      if let meant { unreadable.insert(meant) }
      problems.error(
        "unknown-key", "unknown key \(quoted(key)) in \(subject)", at: entry.key.location,
        help: meant.map { "did you mean \"\($0)\"?" },
        notes: [.init("known here: \(known.joined(separator: ", "))")])
    }
    for (keys, diagnostic) in missing where unreadable.isDisjoint(with: keys) { problems.report(diagnostic) }
  }
}

/// The entries of a mapping whose keys are names of the author's choice.
func readEntries(_ node: YAMLNode, _ subject: String, _ problems: Problems) -> [YAMLEntry] {
  guard case .mapping(let entries) = node.content else {
    problems.mismatch(node, subject, expected: "a mapping of names to values")
    return []
  }
  return entries
}
