import Model

/// Reads JSON to nodes that know where they stand.
struct JSONScanner {
  private var scanner: ByteScanner
  private static let depthLimit = 128

  init(_ bytes: [UInt8]) { scanner = ByteScanner(bytes) }

  mutating func document() throws(EditFault) -> SettingNode {
    let node = try value(depth: 0)
    scanner.skip(while: \.isSpace)
    guard scanner.isAtEnd else { throw fault("more text stands behind the value") }
    return node
  }

  private func fault(_ message: String) -> EditFault { EditFault(message, at: scanner.position) }

  private mutating func value(depth: Int) throws(EditFault) -> SettingNode {
    scanner.skip(while: \.isSpace)
    guard depth < Self.depthLimit else { throw fault("nested more than \(Self.depthLimit) levels deep") }
    let start = scanner.position
    switch scanner.next {
    case .openBrace: return try object(start, depth)
    case .openBracket: return try list(start, depth)
    case .quote:
      let text = try string()
      return SettingNode(range: start..<scanner.position, content: .scalar(.string(text)))
    case nil: throw fault("the text ends where a value is missing")
    default: return try word(start)
    }
  }

  private mutating func object(_ start: Int, _ depth: Int) throws(EditFault) -> SettingNode {
    var entries: [SettingEntry] = []
    scanner.position += 1
    scanner.skip(while: \.isSpace)
    if !scanner.take(.closeBrace) {
      repeat {
        scanner.skip(while: \.isSpace)
        let keyStart = scanner.position
        guard scanner.next == .quote else { throw fault("a key in double quotes must stand here") }
        let key = try string()
        let keyRange = keyStart..<scanner.position
        scanner.skip(while: \.isSpace)
        guard scanner.take(.colon) else { throw fault("a colon must stand behind the key") }
        entries.append(SettingEntry(keys: [key], keyRange: keyRange, value: try value(depth: depth + 1)))
        scanner.skip(while: \.isSpace)
      } while scanner.take(.comma)
      guard scanner.take(.closeBrace) else { throw fault("a comma or } must stand here") }
    }
    try refuseDuplicates(entries)
    return SettingNode(range: start..<scanner.position, content: .table(entries))
  }

  private mutating func list(_ start: Int, _ depth: Int) throws(EditFault) -> SettingNode {
    var elements: [SettingNode] = []
    scanner.position += 1
    scanner.skip(while: \.isSpace)
    if !scanner.take(.closeBracket) {
      repeat {
        elements.append(try value(depth: depth + 1))
        scanner.skip(while: \.isSpace)
      } while scanner.take(.comma)
      guard scanner.take(.closeBracket) else { throw fault("a comma or ] must stand here") }
    }
    return SettingNode(range: start..<scanner.position, content: .list(elements))
  }

  private mutating func string() throws(EditFault) -> String {
    let start = scanner.position
    scanner.position += 1
    while let next = scanner.next, next != .quote, next != .newline {
      scanner.position += next == .backslash ? 2 : 1
    }
    guard scanner.take(.quote) else { throw EditFault("this text does not end", at: start) }
    return try jsonValue(start..<scanner.position).stringValue ?? ""
  }

  private func jsonValue(_ range: Range<Int>) throws(EditFault) -> Value {
    do throws(JSONError) {
      return try JSONReader.parse(Array(scanner.bytes[range]))
    } catch {
      throw EditFault(error.message, at: range.lowerBound + error.offset)
    }
  }

  /// A number, `true`, `false` or `null`. A number keeps the form in which it is written.
  private mutating func word(_ start: Int) throws(EditFault) -> SettingNode {
    scanner.skip { $0.isWordCharacter || $0 == .dash || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: ".") }
    let range = start..<scanner.position
    guard !range.isEmpty else { throw fault("a value must stand here") }
    let value = try jsonValue(range)
    if case .number(let number) = value {
      let whole = Int(scanner.text(range)).map { SettingValue.integer($0) }
      return SettingNode(range: range, content: .scalar(whole ?? .float(number)))
    }
    return SettingNode(range: range, content: .scalar(SettingValue(value)))
  }
}
