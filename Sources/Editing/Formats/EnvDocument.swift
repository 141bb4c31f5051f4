import Model

/// `KEY=value` lines that a shell reads, or systemd as an `EnvironmentFile=`. Only what both take for the same is written.
struct EnvDocument: SettingsDocument {
  private let bytes: [UInt8]
  private var entries: [Entry] = []

  private struct Entry {
    var key: String
    /// From the line's first word on: `export` belongs to it.
    var start: Int
    var keyRange: Range<Int>
    var value: Range<Int>
    /// Nil: more than one quoted or unquoted word.
    var meaning: String?
    /// A `#` behind a blank: a comment for a shell, part of the value for systemd.
    var ambiguity: Int?
  }

  init(_ bytes: [UInt8]) throws(EditFault) {
    self.bytes = bytes
    var scanner = ByteScanner(bytes)
    while !scanner.isAtEnd {
      scanner.skipBlanks()
      if scanner.isAtLineEnd || scanner.next == .hash || scanner.next == UInt8(ascii: ";") {
        scanner.skipToLineEnd()
      } else {
        try readEntry(&scanner)
      }
      scanner.takeLineEnd()
    }
  }

  private mutating func readEntry(_ scanner: inout ByteScanner) throws(EditFault) {
    let start = scanner.position
    if scanner.take("export ") { scanner.skipBlanks() }
    let keyStart = scanner.position
    scanner.skip(while: \.isWordCharacter)
    let keyRange = keyStart..<scanner.position
    guard !keyRange.isEmpty, scanner.take(.equals) else {
      throw EditFault("a line must be a comment or KEY=value", at: start)
    }
    let value = scanner.position
    var ambiguity: Int?
    while !scanner.isAtLineEnd, let next = scanner.next {
      let place = scanner.position
      if next == .quote || next == .apostrophe {
        try skipQuoted(&scanner)
        continue
      }
      if next == .hash, place > value, bytes[place - 1].isBlank { ambiguity = ambiguity ?? place }
      scanner.position += 1
      if next == .backslash, scanner.isAtLineEnd, !scanner.isAtEnd {
        ambiguity = ambiguity ?? place
        scanner.takeLineEnd()
      }
    }
    var end = scanner.position
    while end > value, bytes[end - 1].isBlank { end -= 1 }
    entries.append(
      Entry(
        key: scanner.text(keyRange), start: start, keyRange: keyRange, value: value..<end,
        meaning: Self.meaning(bytes[value..<end]), ambiguity: ambiguity))
  }

  private func skipQuoted(_ scanner: inout ByteScanner) throws(EditFault) {
    let start = scanner.position
    let quote = bytes[start]
    scanner.position += 1
    while let next = scanner.next, next != quote {
      scanner.position += next == .backslash && quote == .quote ? 2 : 1
    }
    guard scanner.take(quote) else { throw EditFault("this text does not end", at: start) }
  }

  private static func meaning(_ value: ArraySlice<UInt8>) -> String? {
    if value.allSatisfy(isBare) { return String(decoding: value, as: UTF8.self) }
    guard let first = value.first, value.count > 1, value.last == first else { return nil }
    let inside = value.dropFirst().dropLast()
    if first == .apostrophe, !inside.contains(.apostrophe) { return String(decoding: inside, as: UTF8.self) }
    let special: [UInt8] = [.quote, .backslash, UInt8(ascii: "$"), UInt8(ascii: "`")]
    if first == .quote, !inside.contains(where: special.contains) {
      return String(decoding: inside, as: UTF8.self)
    }
    return nil
  }

  private static func isBare(_ byte: UInt8) -> Bool {
    byte.isWordCharacter || "./:@%+,=-".utf8.contains(byte)
  }

  var leaves: [[String]: [UInt8]] {
    var leaves: [[String]: [UInt8]] = [:]
    for (index, entry) in entries.enumerated() {
      let isRepeated = leaves[[entry.key]] != nil
      leaves[isRepeated ? ["", entry.key, "\(index)"] : [entry.key]] = Array(bytes[entry.value])
    }
    return leaves
  }

  func setting(_ path: [String], to value: SettingValue) throws(EditFault) -> [UInt8] {
    guard path.count == 1, let key = path.first, key.utf8.allSatisfy(\.isWordCharacter),
      key.utf8.first.map({ !(0x30...0x39).contains($0) }) ?? false
    else { throw EditFault("\(SettingPath(path)) is no variable's name", at: 0) }
    let plain = try text(value)
    guard let entry = try find(key) else {
      return bytes.insertingLine("\(key)=\(try written(plain))", at: bytes.count)
    }
    if entry.meaning == plain { return bytes }
    if let ambiguity = entry.ambiguity {
      throw EditFault("a shell and systemd disagree whether this belongs to \(key)", at: ambiguity)
    }
    return bytes.replacing(entry.value, with: try written(plain))
  }

  func removing(_ path: [String]) throws(EditFault) -> [UInt8] {
    guard path.count == 1, let key = path.first, let entry = try find(key) else { return bytes }
    if let ambiguity = entry.ambiguity {
      throw EditFault("a shell and systemd disagree whether this belongs to \(key)", at: ambiguity)
    }
    let end = max(entry.value.upperBound, entry.keyRange.upperBound + 1)
    return bytes.replacing(bytes.startOfLine(entry.start)..<bytes.endOfLine(end - 1), with: "")
  }

  private func find(_ key: String) throws(EditFault) -> Entry? {
    let same = entries.filter { $0.key == key }
    if same.count > 1 {
      throw EditFault(
        "\(key) is set twice, and which is meant cannot be said", at: same[1].keyRange.lowerBound)
    }
    return same.first
  }

  private func text(_ value: SettingValue) throws(EditFault) -> String {
    switch value {
    case .string(let text): return text
    case .integer(let number): return "\(number)"
    case .float(let number): return jsonNumber(number)
    case .bool(let flag): return flag ? "true" : "false"
    case .list:
      throw EditFault("an environment file has no lists: write the value as the program wants it", at: 0)
    }
  }

  /// As it is, in single quotes, or with the four escapes that hold in double quotes for a shell and for systemd.
  private func written(_ text: String) throws(EditFault) -> String {
    guard !text.utf8.contains(where: { $0 < 0x20 && $0 != .tab }) else {
      throw EditFault("an environment file has no way to write this value", at: 0)
    }
    if text.utf8.allSatisfy(Self.isBare) { return text }
    if !text.utf8.contains(.apostrophe) { return "'\(text)'" }
    var escaped = text
    for character in ["\\", "\"", "$", "`"] { escaped = escaped.replacing(character, with: "\\" + character) }
    return "\"\(escaped)\""
  }
}
