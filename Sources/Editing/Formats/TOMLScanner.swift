import Model

/// Reads TOML 1.0: headers and entries line by line, values to nodes that know where they stand.
struct TOMLScanner {
  private var scanner: ByteScanner
  private static let depthLimit = 64

  init(_ bytes: [UInt8]) { scanner = ByteScanner(bytes) }

  enum Statement {
    case header(names: [String], isArray: Bool, range: Range<Int>)
    case entry(SettingEntry)
  }

  mutating func statements() throws(EditFault) -> [Statement] {
    var statements: [Statement] = []
    while !scanner.isAtEnd {
      scanner.skipBlanks()
      if !scanner.isAtLineEnd, scanner.next != .hash {
        statements.append(scanner.next == .openBracket ? try header() : .entry(try entry(depth: 0)))
        scanner.skipBlanks()
      }
      if scanner.next == .hash { scanner.skipToLineEnd() }
      guard scanner.isAtLineEnd else { throw fault("the line must end here") }
      scanner.takeLineEnd()
    }
    return statements
  }

  private func fault(_ message: String) -> EditFault { EditFault(message, at: scanner.position) }

  private mutating func header() throws(EditFault) -> Statement {
    let start = scanner.position
    scanner.position += 1
    let isArray = scanner.take(.openBracket)
    let names = try key().names
    guard scanner.take(.closeBracket), !isArray || scanner.take(.closeBracket) else {
      throw fault("\(isArray ? "]]" : "]") must stand here")
    }
    return .header(names: names, isArray: isArray, range: start..<scanner.position)
  }

  private mutating func entry(depth: Int) throws(EditFault) -> SettingEntry {
    let (names, range) = try key()
    guard scanner.take(.equals) else { throw fault("= must stand behind the key") }
    scanner.skipBlanks()
    return SettingEntry(keys: names, keyRange: range, value: try value(depth: depth))
  }

  /// A dotted key and the blanks around it.
  private mutating func key() throws(EditFault) -> (names: [String], range: Range<Int>) {
    scanner.skipBlanks()
    let start = scanner.position
    var names: [String] = []
    var end = start
    repeat {
      scanner.skipBlanks()
      let wordStart = scanner.position
      if scanner.next == .quote || scanner.next == .apostrophe {
        guard case .scalar(.string(let name)?) = try string(isKey: true).content else {
          throw EditFault("this key cannot be read", at: wordStart)
        }
        names.append(name)
      } else {
        scanner.skip { $0.isWordCharacter || $0 == .dash }
        guard scanner.position > wordStart else { throw fault("a key must stand here") }
        names.append(scanner.text(wordStart..<scanner.position))
      }
      end = scanner.position
      scanner.skipBlanks()
    } while scanner.take(UInt8(ascii: "."))
    return (names, start..<end)
  }

  // MARK: Values

  private mutating func value(depth: Int) throws(EditFault) -> SettingNode {
    guard depth < Self.depthLimit else { throw fault("nested more than \(Self.depthLimit) levels deep") }
    switch scanner.next {
    case .quote, .apostrophe: return try string(isKey: false)
    case .openBracket: return try list(depth)
    case .openBrace: return try inlineTable(depth)
    default: return try word()
    }
  }

  private mutating func list(_ depth: Int) throws(EditFault) -> SettingNode {
    let start = scanner.position
    scanner.position += 1
    var elements: [SettingNode] = []
    skipSpaceAndComments()
    while scanner.next != .closeBracket {
      elements.append(try value(depth: depth + 1))
      skipSpaceAndComments()
      if !scanner.take(.comma) { break }
      skipSpaceAndComments()
    }
    guard scanner.take(.closeBracket) else { throw fault("a comma or ] must stand here") }
    return SettingNode(range: start..<scanner.position, content: .list(elements))
  }

  private mutating func skipSpaceAndComments() {
    scanner.skip(while: \.isSpace)
    while scanner.next == .hash {
      scanner.skipToLineEnd()
      scanner.skip(while: \.isSpace)
    }
  }

  private mutating func inlineTable(_ depth: Int) throws(EditFault) -> SettingNode {
    let start = scanner.position
    scanner.position += 1
    var entries: [SettingEntry] = []
    scanner.skipBlanks()
    if !scanner.take(.closeBrace) {
      repeat {
        entries.append(try entry(depth: depth + 1))
        scanner.skipBlanks()
      } while scanner.take(.comma)
      guard scanner.take(.closeBrace) else { throw fault("a comma or } must stand here") }
    }
    try refuseDuplicates(entries)
    for entry in entries {
      for other in entries where other.keys.count > entry.keys.count && other.keys.starts(with: entry.keys) {
        throw EditFault(
          "\(SettingPath(entry.keys)) is a value and a table at once", at: other.keyRange.lowerBound)
      }
    }
    return SettingNode(range: start..<scanner.position, content: .table(entries))
  }

  private mutating func string(isKey: Bool) throws(EditFault) -> SettingNode {
    let start = scanner.position
    let quote = scanner.next ?? .quote
    let isLong = scanner.byte(at: start + 1) == quote && scanner.byte(at: start + 2) == quote
    guard !isLong || !isKey else { throw fault("a key stands on one line") }
    scanner.position += isLong ? 3 : 1
    var text: [UInt8] = []
    while let next = scanner.next {
      if next == quote {
        if !isLong { break }
        // Up to two quotes may stand right before the three that end the text.
        let run = scanner.bytes[scanner.position...].prefix { $0 == quote }.count
        if run >= 3 {
          guard run <= 5 else { break }
          scanner.position += run - 3
          break
        }
      } else if next == .newline, !isLong {
        break
      } else if next == .backslash, quote == .quote {
        try escape(into: &text, isLong: isLong)
        continue
      }
      text.append(next)
      scanner.position += 1
    }
    guard scanner.take(quote), !isLong || (scanner.take(quote) && scanner.take(quote)) else {
      throw EditFault("this text does not end", at: start)
    }
    // What stands on several lines is replaced even by its equal: its newlines have rules of their own.
    let value: SettingValue? = isLong ? nil : .string(String(decoding: text, as: UTF8.self))
    return SettingNode(range: start..<scanner.position, content: .scalar(value))
  }

  private mutating func escape(into text: inout [UInt8], isLong: Bool) throws(EditFault) {
    let start = scanner.position
    scanner.position += 1
    guard let letter = scanner.next else { throw EditFault("this text does not end", at: start) }
    scanner.position += 1
    switch letter {
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "t"): text.append(.tab)
    case UInt8(ascii: "n"): text.append(.newline)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "r"): text.append(.carriageReturn)
    case .quote, .backslash: text.append(letter)
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let digits = scanner.bytes[scanner.position...].prefix(letter == UInt8(ascii: "u") ? 4 : 8)
      guard digits.count == (letter == UInt8(ascii: "u") ? 4 : 8),
        let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
        let scalar = Unicode.Scalar(code)
      else { throw EditFault("this escape names no character", at: start) }
      text += String(Character(scalar)).utf8
      scanner.position += digits.count
    case .space, .tab, .newline, .carriageReturn:
      guard isLong else { throw EditFault("TOML has no such escape", at: start) }
    default: throw EditFault("TOML has no such escape", at: start)
    }
  }

  /// A number, a boolean or a date.
  private mutating func word() throws(EditFault) -> SettingNode {
    let start = scanner.position
    let punctuation: [UInt8] = Array("+-.:".utf8)
    func skipWord() {
      scanner.skip { $0.isWordCharacter || punctuation.contains($0) }
    }
    skipWord()
    // A blank may stand between a date and its time.
    if scanner.position - start == 10, scanner.next == .space, isDigit(scanner.byte(at: scanner.position + 1))
    {
      scanner.position += 1
      skipWord()
    }
    let text = scanner.text(start..<scanner.position)
    guard !text.isEmpty else { throw fault("a value must stand here") }
    let node = SettingNode(range: start..<scanner.position, content: .scalar(tomlScalar(text)))
    guard node.value != nil || isTOMLDate(text) || isTOMLSpecialNumber(text) else {
      throw EditFault("a text stands in quotes, and this is no number, boolean or date", at: start)
    }
    return node
  }

  private func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }
}
