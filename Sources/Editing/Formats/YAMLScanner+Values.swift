import Model

/// Scalars and flow collections.
extension YAMLScanner {
  mutating func inlineValue(within parent: Int, _ depth: Int) throws(EditFault) -> SettingNode {
    let node: SettingNode
    switch scanner.next {
    case UInt8(ascii: "|"), UInt8(ascii: ">"): return try blockScalar(within: parent)
    case .quote, .apostrophe: node = try quoted()
    case .openBrace, .openBracket: node = try flow(depth)
    case UInt8(ascii: "*"):
      let start = scanner.position
      scanner.skip { !$0.isSpace }
      node = SettingNode(range: start..<scanner.position, content: .scalar(nil))
    case UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: "%"):
      throw fault("no plain value starts like this")
    default: return try plain(within: parent)
    }
    let end = scanner.position
    scanner.skipBlanks()
    guard scanner.isAtLineEnd || (scanner.next == .hash && scanner.position > end) else {
      throw fault("the line must end here")
    }
    scanner.position = end
    return node
  }

  private mutating func plain(within parent: Int) throws(EditFault) -> SettingNode {
    let start = scanner.position
    var end = start
    var lines = 0
    while true {
      skipPlain(inFlow: false)
      if scanner.next == .colon { throw fault("a colon makes this a key, and it cannot be one here") }
      end = trimmed(start..<scanner.position)
      lines += 1
      guard scanner.isAtLineEnd else { break }
      // A line that is indented further goes on with the text, unless it is a comment.
      var next = scanner
      next.skip(while: \.isSpace)
      guard !next.isAtEnd, next.next != .hash, column(next.position) > parent, column(next.position) > 0
      else {
        break
      }
      scanner = next
    }
    scanner.position = end
    let value = lines == 1 ? yamlScalar(scanner.text(start..<end)) : nil
    return SettingNode(range: start..<end, content: .scalar(value))
  }

  mutating func quoted() throws(EditFault) -> SettingNode {
    let start = scanner.position
    let quote = scanner.next
    scanner.position += 1
    while let next = scanner.next {
      if next == quote {
        guard quote == .apostrophe, scanner.byte(at: scanner.position + 1) == .apostrophe else { break }
        scanner.position += 1
      } else if next == .backslash, quote == .quote {
        scanner.position += 1
      }
      scanner.position += 1
    }
    guard scanner.position < scanner.bytes.count else { throw EditFault("this text does not end", at: start) }
    scanner.position += 1
    let range = start..<scanner.position
    return SettingNode(range: range, content: .scalar(meaning(of: range)))
  }

  /// Nil for a text over several lines, or with escapes that JSON does not have.
  private func meaning(of range: Range<Int>) -> SettingValue? {
    let inside = scanner.bytes[range.lowerBound + 1..<range.upperBound - 1]
    if inside.contains(.newline) { return nil }
    if scanner.bytes[range.lowerBound] == .apostrophe {
      return .string(String(decoding: inside, as: UTF8.self).replacing("''", with: "'"))
    }
    guard let value = try? JSONReader.parse(Array(scanner.bytes[range])) else { return nil }
    return SettingValue(value)
  }

  private mutating func blockScalar(within parent: Int) throws(EditFault) -> SettingNode {
    let start = scanner.position
    scanner.position += 1
    var isKept = false
    var indent: Int?
    while let next = scanner.next, !next.isSpace {
      if next == UInt8(ascii: "+") {
        isKept = true
      } else if (0x31...0x39).contains(next) {
        indent = max(parent, 0) + Int(next - 0x30)
      } else if next != .dash {
        throw fault("this cannot stand in the head of a block text")
      }
      scanner.position += 1
    }
    var end = scanner.position
    scanner.skipToLineEnd()
    // A comment may follow the head; the value's text starts on the next line.
    scanner.takeLineEnd()
    while !scanner.isAtEnd {
      let line = scanner.position
      scanner.skip { $0 == .space }
      let own = scanner.position - line
      if scanner.isAtLineEnd {
        if isKept { end = scanner.position }
      } else {
        guard own >= (indent ?? parent + 1) else {
          scanner.position = line
          break
        }
        indent = indent ?? own
        scanner.skipToLineEnd()
        end = scanner.position
      }
      scanner.takeLineEnd()
    }
    scanner.position = end
    return SettingNode(range: start..<end, content: .scalar(nil))
  }

  // MARK: Flow collections

  private mutating func flow(_ depth: Int) throws(EditFault) -> SettingNode {
    guard depth < 64 else { throw fault("nested more than 64 levels deep") }
    let start = scanner.position
    let isTable = scanner.next == .openBrace
    scanner.position += 1
    var entries: [SettingEntry] = []
    var elements: [SettingNode] = []
    let close = isTable ? UInt8.closeBrace : .closeBracket
    try skipToContent()
    while !scanner.take(close) {
      if isTable { entries.append(try flowEntry(depth)) } else { elements.append(try flowValue(depth)) }
      try skipToContent()
      if scanner.next == close { continue }
      guard scanner.take(.comma) else { throw fault("a comma or the end of the collection must stand here") }
      try skipToContent()
    }
    try refuseDuplicates(entries)
    return SettingNode(
      range: start..<scanner.position, content: isTable ? .table(entries) : .list(elements))
  }

  private mutating func flowEntry(_ depth: Int) throws(EditFault) -> SettingEntry {
    let key = try flowValue(depth)
    let name: String
    switch key.content {
    case .scalar(.string(let text)?): name = text
    case .scalar where scanner.bytes[key.range.lowerBound] != .quote: name = scanner.text(key.range)
    default: throw EditFault("this key cannot be read", at: key.range.lowerBound)
    }
    try skipToContent()
    guard scanner.take(.colon) else {
      return SettingEntry(
        keys: [name], keyRange: key.range,
        value: SettingNode(range: key.range.upperBound..<key.range.upperBound, content: .scalar(nil)))
    }
    let empty = scanner.position
    try skipToContent()
    if let next = scanner.next, next == .comma || next == .closeBrace {
      return SettingEntry(
        keys: [name], keyRange: key.range, value: SettingNode(range: empty..<empty, content: .scalar(nil)))
    }
    return SettingEntry(keys: [name], keyRange: key.range, value: try flowValue(depth))
  }

  private mutating func flowValue(_ depth: Int) throws(EditFault) -> SettingNode {
    let start = scanner.position
    switch scanner.next {
    case .openBrace, .openBracket: return try flow(depth + 1)
    case .quote, .apostrophe: return try quoted()
    default: break
    }
    var end = start
    repeat {
      skipPlain(inFlow: true)
      end = trimmed(start..<scanner.position)
      guard scanner.isAtLineEnd, !scanner.isAtEnd else { break }
      try skipToContent()
    } while scanner.next.map { !",[]{}:#".utf8.contains($0) } ?? false
    guard end > start else { throw fault("a value must stand here") }
    scanner.position = end
    let text = scanner.text(start..<end)
    return SettingNode(
      range: start..<end, content: .scalar(text.utf8.contains(.newline) ? nil : yamlScalar(text)))
  }
}
