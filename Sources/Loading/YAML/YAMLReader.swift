import Model

/// Builds the tree of one YAML document, within limits: hostile input is refused early and never expanded.
struct YAMLReader: ~Copyable {
  private let file: SourceFile
  private let problems: Problems
  private var events: YAMLEvents
  private var nodeCount = 0

  /// Why reading cannot go on; what to say about it is decided in one place.
  private enum Stop: Error {
    case syntax(YAMLSyntaxError)
    case reported
  }

  /// Nil when the text is no single YAML document; the reason is in `problems`.
  static func read(_ file: SourceFile, _ problems: Problems) -> YAMLNode? {
    guard let text = checkedYAMLText(file, problems) else { return nil }
    var reader = YAMLReader(file: file, problems: problems, events: YAMLEvents(text))
    do throws(Stop) {
      return try reader.document()
    } catch {
      if case .syntax(let error) = error { problems.report(explain(error, in: file)) }
      return nil
    }
  }

  private init(file: SourceFile, problems: Problems, events: consuming YAMLEvents) {
    self.file = file
    self.problems = problems
    self.events = events
  }

  private mutating func next() throws(Stop) -> MarkedEvent {
    do throws(YAMLSyntaxError) {
      return try events.next()
    } catch {
      throw .syntax(error)
    }
  }

  private mutating func document() throws(Stop) -> YAMLNode? {
    var root: YAMLNode?
    while true {
      let event = try next()
      switch event.event {
      case .streamStart, .documentEnd: continue
      case .documentStart where root == nil: root = try node(try next(), depth: 0)
      case .documentStart:
        problems.error(
          "second-document", "a second document starts here; the file must hold exactly one",
          at: location(event), help: "remove the --- or put the rest into a file of its own")
        throw .reported
      default:
        if root == nil {
          problems.error(
            "empty-file", "the file has no content", at: SourceLocation(file: file.path, line: 1, column: 1))
        }
        return root
      }
    }
  }

  private mutating func node(_ event: MarkedEvent, depth: Int) throws(Stop) -> YAMLNode {
    try count(event, depth: depth)
    let place = location(event)
    switch event.event {
    case .scalar(let text, let style, let tag):
      return refuse(tag: tag ?? bareTag(text, style, event), of: text, at: place)
        ?? YAMLNode(
          content: .scalar(
            YAMLScalar(text: text, isPlain: style == .plain, layout: layout(text, style, event))),
          location: place)
    case .sequenceStart(let tag):
      let elements = try sequence(depth: depth)
      return refuse(tag: tag, at: place) ?? YAMLNode(content: .sequence(elements), location: place)
    case .mappingStart(let tag):
      let entries = try mapping(depth: depth)
      return refuse(tag: tag, at: place) ?? YAMLNode(content: .mapping(entries), location: place)
    case .alias(let name):
      problems.error(
        "yaml-alias", "the alias \(quoted("*" + name)) is refused: every value is written where it is used",
        at: place, help: "write the value out")
      return YAMLNode(content: .refused, location: place)
    default:
      return YAMLNode(content: .refused, location: place)
    }
  }

  private mutating func count(_ event: MarkedEvent, depth: Int) throws(Stop) {
    // Only more of the same would follow: an alias bomb ends here.
    if problems.isFull { throw .reported }
    nodeCount += 1
    if depth >= YAMLLimits.depth {
      try refuse("too-deep", "nested more than \(YAMLLimits.depth) levels deep", event)
    }
    if nodeCount > YAMLLimits.values {
      try refuse("too-large", "more than \(YAMLLimits.values) values in one file", event)
    }
    if case .scalar(let text, _, _) = event.event, text.utf8.count > YAMLLimits.scalarBytes {
      try refuse(
        "too-large", "a text of more than \(YAMLLimits.scalarBytes >> 10) KiB", event,
        help: "put it into a file of its own, such as a template")
    }
  }

  private func refuse(
    _ code: String, _ message: String, _ event: MarkedEvent, help: String? = nil
  ) throws(Stop) {
    problems.error(code, message, at: location(event), help: help)
    throw .reported
  }

  private func bareTag(_ text: String, _ style: YAMLEvent.ScalarStyle, _ event: MarkedEvent) -> String? {
    // As wide as its text: nothing stands before it.
    if style == .plain, event.start.line == event.end.line,
      event.end.column - event.start.column == text.unicodeScalars.count
    {
      return nil
    }
    return hasBareTag(file, from: event.start, to: event.end) ? "!" : nil
  }

  private func refuse(tag: String?, of text: String? = nil, at place: SourceLocation) -> YAMLNode? {
    guard let tag else { return nil }
    guard tag != "!" else {
      problems.report(bareTagProblem(text, at: place))
      return YAMLNode(content: .refused, location: place)
    }
    problems.error(
      "yaml-tag", "the tag \(quoted(tag)) is refused: a value's type follows from where it stands", at: place,
      help: "remove the tag; quote a text that must not be read as a number")
    return YAMLNode(content: .refused, location: place)
  }

  private mutating func sequence(depth: Int) throws(Stop) -> [YAMLNode] {
    var elements: [YAMLNode] = []
    while true {
      let event = try next()
      if case .sequenceEnd = event.event { return elements }
      elements.append(try node(event, depth: depth + 1))
    }
  }

  private mutating func mapping(depth: Int) throws(Stop) -> [YAMLEntry] {
    var entries: [YAMLEntry] = []
    var firstPlaces: [String: SourceLocation] = [:]
    while true {
      let event = try next()
      if case .mappingEnd = event.event { return entries }
      let key = try node(event, depth: depth + 1)
      let value = try node(try next(), depth: depth + 1)
      guard case .scalar(let scalar) = key.content else {
        reportKey(key)
        continue
      }
      if let first = firstPlaces[scalar.text] {
        problems.error(
          "duplicate-key", "the key \(quoted(scalar.text)) is written twice", at: key.location,
          help: "remove one of them", notes: [.init("first written here", at: first)])
        continue
      }
      firstPlaces[scalar.text] = key.location
      entries.append(YAMLEntry(key: Located(scalar.text, at: key.location), value: value))
    }
  }

  private func reportKey(_ key: YAMLNode) {
    guard !key.isRefused else { return }
    problems.error(
      "complex-key", "a key must be a plain text, found \(key.found)", at: key.location,
      help: "quote a value that starts with {, as \"{…}\"; a reference is written ${name}")
  }

  private func location(_ event: MarkedEvent) -> SourceLocation {
    let isOneLine = event.start.line == event.end.line
    return SourceLocation(
      file: file.path, line: event.start.line + 1, column: event.start.column + 1,
      length: isOneLine ? max(1, event.end.column - event.start.column) : 1)
  }

  private func layout(
    _ text: String, _ style: YAMLEvent.ScalarStyle, _ event: MarkedEvent
  ) -> ScalarText.Layout {
    let isOneLine = event.start.line == event.end.line
    let width = event.end.column - event.start.column
    switch style {
    case .plain where isOneLine: return .inline(quoted: false)
    // As wide as its text and two quotes: nothing in it is escaped.
    case .singleQuoted where isOneLine && width == text.unicodeScalars.count + 2,
      .doubleQuoted where isOneLine && width == text.unicodeScalars.count + 2:
      return .inline(quoted: true)
    case .literal: return blockLayout(text, header: event.start.line + 1)
    default: return .opaque
    }
  }

  /// How far a literal block is indented, seen on its first line that is not empty.
  private func blockLayout(_ text: String, header: Int) -> ScalarText.Layout {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let index = lines.firstIndex(where: { !$0.isEmpty }),
      let written = file.line(header + 1 + index)
    else { return .opaque }
    let indent = leadingSpaces(written) - leadingSpaces(lines[index])
    return indent >= 0 ? .block(firstLine: header + 1, indent: indent) : .opaque
  }
}

private func leadingSpaces(_ line: Substring) -> Int { line.prefix { $0 == " " }.count }
