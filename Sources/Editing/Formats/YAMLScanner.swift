import Model

/// Reads the YAML that people write by hand: block and flow collections, all scalars, comments, anchors and tags.
/// Complex keys, directives and further documents are refused. Block values end where their last text does.
struct YAMLScanner {
  var scanner: ByteScanner
  private let firstColumn: Int
  private static let depthLimit = 64

  init(_ bytes: [UInt8]) {
    scanner = ByteScanner(bytes)
    firstColumn = scanner.position
  }

  /// Nil for a document without content.
  mutating func document() throws(EditFault) -> SettingNode? {
    try skipToContent()
    if scanner.next == UInt8(ascii: "%") { throw fault("directives are not read here") }
    if isAtMarker, scanner.take("---") {
      scanner.skipBlanks()
      guard scanner.isAtLineEnd || scanner.next == .hash else {
        throw fault("what stands behind --- is not read here: put it on a line of its own")
      }
      try skipToContent()
    }
    if scanner.isAtEnd || isAtMarker { return nil }
    let node = try blockNode(within: -1, depth: 0)
    try skipToContent()
    if scanner.take("...") { try skipToContent() }
    guard scanner.isAtEnd else {
      throw fault(
        isAtMarker ? "a second document starts here" : "this stands outside of the document's value")
    }
    return node
  }

  func fault(_ message: String) -> EditFault { EditFault(message, at: scanner.position) }

  // MARK: Lines

  func column(_ offset: Int) -> Int {
    let start = scanner.bytes.startOfLine(offset)
    return offset - (start == 0 ? firstColumn : start)
  }

  private var isAtMarker: Bool {
    guard column(scanner.position) == 0 else { return false }
    let word = scanner.bytes[scanner.position...].prefix(3)
    let isMarker = word.elementsEqual("---".utf8) || word.elementsEqual("...".utf8)
    return isMarker && (scanner.byte(at: scanner.position + 3)?.isSpace ?? true)
  }

  /// Over blanks, comments and line ends. A tab never indents.
  mutating func skipToContent() throws(EditFault) {
    while !scanner.isAtEnd {
      let start = scanner.position
      scanner.skipBlanks()
      if scanner.next == .hash, column(scanner.position) == 0 || scanner.bytes[scanner.position - 1].isSpace {
        scanner.skipToLineEnd()
      }
      guard scanner.isAtLineEnd else {
        if column(start) == 0, scanner.bytes[start..<scanner.position].contains(.tab) {
          throw EditFault("a tab cannot indent", at: start)
        }
        return
      }
      scanner.takeLineEnd()
    }
  }

  private var isAtDash: Bool {
    scanner.next == .dash && (scanner.byte(at: scanner.position + 1)?.isSpace ?? true)
  }

  // MARK: Block collections

  /// The node whose first byte is next, on a line of its own or behind a `- `.
  private mutating func blockNode(within parent: Int, depth: Int) throws(EditFault) -> SettingNode {
    guard depth < Self.depthLimit else { throw fault("nested more than \(Self.depthLimit) levels deep") }
    if isAtDash { return try sequence(depth) }
    if try isAtKey() { return try mapping(depth) }
    return try inlineValue(within: parent, depth)
  }

  private mutating func sequence(_ depth: Int) throws(EditFault) -> SettingNode {
    let start = scanner.position
    let own = column(start)
    var elements: [SettingNode] = []
    var end = start
    while !scanner.isAtEnd, isAtDash, column(scanner.position) == own, !isAtMarker {
      scanner.position += 1
      let element = try value(within: own, inMapping: false, depth + 1)
      elements.append(element)
      end = max(element.range.upperBound, end)
      scanner.position = max(end, scanner.position)
      try skipToContent()
    }
    scanner.position = end
    return SettingNode(range: start..<end, content: .list(elements))
  }

  private mutating func mapping(_ depth: Int) throws(EditFault) -> SettingNode {
    let start = scanner.position
    let own = column(start)
    var entries: [SettingEntry] = []
    var end = start
    while !scanner.isAtEnd, column(scanner.position) == own, !isAtMarker {
      guard try isAtKey() else { throw fault("a key with a colon must stand here") }
      let (name, keyRange) = try key()
      scanner.skipBlanks()
      scanner.position += 1
      let value = try value(within: own, inMapping: true, depth + 1)
      entries.append(SettingEntry(keys: [name], keyRange: keyRange, value: value))
      end = max(value.range.upperBound, keyRange.upperBound)
      scanner.position = end
      if scanner.next == .colon { scanner.position += 1 }
      try skipToContent()
    }
    if !scanner.isAtEnd, column(scanner.position) > own, !isAtMarker {
      throw fault("this is indented otherwise than its neighbours")
    }
    scanner.position = end
    try refuseDuplicates(entries)
    return SettingNode(range: start..<end, content: .table(entries))
  }

  /// What stands behind a key's colon or a sequence's dash.
  private mutating func value(within parent: Int, inMapping: Bool, _ depth: Int) throws(EditFault)
    -> SettingNode
  {
    let empty = scanner.position
    scanner.skipBlanks()
    let start = scanner.position
    while let next = scanner.next, next == UInt8(ascii: "&") || next == UInt8(ascii: "!") {
      scanner.skip { !$0.isSpace }
      scanner.skipBlanks()
    }
    let hasProperties = scanner.position > start
    let isComment = scanner.next == .hash && scanner.position > empty
    guard scanner.isAtLineEnd || isComment else {
      var isCompact = false
      if !inMapping, !hasProperties {
        let isKey = try isAtKey()
        isCompact = isKey || isAtDash
      }
      let node =
        isCompact ? try blockNode(within: parent, depth: depth) : try inlineValue(within: parent, depth)
      return SettingNode(
        range: start..<node.range.upperBound, content: hasProperties ? opaque(node) : node.content)
    }
    let behind = scanner.position
    try skipToContent()
    let own = scanner.isAtEnd || isAtMarker ? -1 : column(scanner.position)
    if own > parent || (inMapping && own == parent && isAtDash) {
      let node = try blockNode(within: parent, depth: depth)
      guard hasProperties else { return node }
      return SettingNode(range: start..<node.range.upperBound, content: opaque(node))
    }
    scanner.position = behind
    let end = hasProperties ? behind : empty
    return SettingNode(range: (hasProperties ? start : empty)..<end, content: .scalar(nil))
  }

  /// A tag may give a value another meaning; tables below it are still tables.
  private func opaque(_ node: SettingNode) -> SettingNode.Content {
    if case .scalar = node.content { return .scalar(nil) }
    return node.content
  }

  // MARK: Keys

  private mutating func isAtKey() throws(EditFault) -> Bool {
    let start = scanner.position
    defer { scanner.position = start }
    guard let next = scanner.next else { return false }
    if next == UInt8(ascii: "?"), scanner.byte(at: start + 1)?.isSpace ?? true {
      throw fault("keys behind ? are not read here")
    }
    if "[{|>*&!%@`#".utf8.contains(next) { return false }
    if next == .quote || next == .apostrophe {
      _ = try quoted()
      guard !scanner.bytes[start..<scanner.position].contains(.newline) else { return false }
      scanner.skipBlanks()
    } else {
      skipPlain(inFlow: false)
    }
    return scanner.next == .colon && (scanner.byte(at: scanner.position + 1)?.isSpace ?? true)
  }

  private mutating func key() throws(EditFault) -> (String, Range<Int>) {
    let start = scanner.position
    if scanner.next == .quote || scanner.next == .apostrophe {
      let node = try quoted()
      guard case .scalar(.string(let name)?) = node.content else {
        throw EditFault("this key cannot be read", at: start)
      }
      return (name, node.range)
    }
    skipPlain(inFlow: false)
    let range = start..<trimmed(start..<scanner.position)
    return (scanner.text(range), range)
  }

  /// To a `: `, a ` #`, or the end of the line.
  mutating func skipPlain(inFlow: Bool) {
    while let next = scanner.next, !scanner.isAtLineEnd {
      let following = scanner.byte(at: scanner.position + 1)
      if next == .colon, following.map({ $0.isSpace || (inFlow && ",[]{}".utf8.contains($0)) }) ?? true {
        return
      }
      if next == .hash, scanner.position > 0, scanner.bytes[scanner.position - 1].isBlank { return }
      if inFlow, ",[]{}".utf8.contains(next) { return }
      scanner.position += 1
    }
  }

  /// The end of a range without the blanks at its end.
  func trimmed(_ range: Range<Int>) -> Int {
    var end = range.upperBound
    while end > range.lowerBound, scanner.bytes[end - 1].isSpace { end -= 1 }
    return end
  }
}
