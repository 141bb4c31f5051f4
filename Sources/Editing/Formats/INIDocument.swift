import Model

/// INI files and their kin, systemd's units among them: `[section]` and `key = value`, comments behind `#` or `;` on
/// lines of their own, values that go on in lines indented further.
struct INIDocument: SettingsDocument {
  private let bytes: [UInt8]
  private var sections: [Section] = [Section(name: nil, header: nil)]

  private struct Section {
    var name: String?
    var header: Range<Int>?
    var entries: [Entry] = []
  }

  private struct Entry {
    var key: String
    var keyRange: Range<Int>
    /// Empty behind a key without a value.
    var separator: Range<Int>
    var value: Range<Int>
    /// A line in it ends with `\`: which lines belong to it depends on who reads them.
    var isContinued = false
  }

  init(_ bytes: [UInt8]) throws(EditFault) {
    self.bytes = bytes
    var scanner = ByteScanner(bytes)
    while !scanner.isAtEnd {
      let line = scanner.position
      scanner.skipBlanks()
      if scanner.isAtLineEnd || scanner.next == .hash || scanner.next == UInt8(ascii: ";") {
        scanner.skipToLineEnd()
      } else if continues(line, scanner.position) {
        extendLastEntry(&scanner)
      } else if scanner.next == .openBracket {
        try readHeader(&scanner)
      } else {
        try readEntry(&scanner)
      }
      scanner.takeLineEnd()
    }
  }

  private func continues(_ line: Int, _ content: Int) -> Bool {
    guard let entry = sections.last?.entries.last else { return false }
    let own = entry.keyRange.lowerBound - bytes.startOfLine(entry.keyRange.lowerBound)
    return content - line > own || (entry.isContinued && endsInBackslash(entry.value))
  }

  private mutating func extendLastEntry(_ scanner: inout ByteScanner) {
    let section = sections.count - 1
    let entry = sections[section].entries.count - 1
    scanner.skipToLineEnd()
    let start = sections[section].entries[entry].value.lowerBound
    sections[section].entries[entry].value = start..<trimmed(start..<scanner.position)
    if endsInBackslash(sections[section].entries[entry].value) {
      sections[section].entries[entry].isContinued = true
    }
  }

  private func endsInBackslash(_ range: Range<Int>) -> Bool { bytes[range].last == .backslash }

  private func trimmed(_ range: Range<Int>) -> Int {
    var end = range.upperBound
    while end > range.lowerBound, bytes[end - 1].isBlank { end -= 1 }
    return end
  }

  private mutating func readHeader(_ scanner: inout ByteScanner) throws(EditFault) {
    let start = scanner.position
    scanner.skipToLineEnd()
    guard let close = bytes[start..<scanner.position].lastIndex(of: .closeBracket) else {
      throw EditFault("] is missing behind the section's name", at: start)
    }
    let name = scanner.text(start + 1..<close)
    sections.append(Section(name: name, header: start..<close + 1))
  }

  private mutating func readEntry(_ scanner: inout ByteScanner) throws(EditFault) {
    let start = scanner.position
    while !scanner.isAtLineEnd, scanner.next != .equals, scanner.next != .colon { scanner.position += 1 }
    let keyEnd = trimmed(start..<scanner.position)
    guard keyEnd > start else { throw EditFault("a key must stand before this", at: start) }
    if !scanner.isAtLineEnd { scanner.position += 1 }
    scanner.skipBlanks()
    let value = scanner.position
    scanner.skipToLineEnd()
    var entry = Entry(
      key: scanner.text(start..<keyEnd), keyRange: start..<keyEnd, separator: keyEnd..<value,
      value: value..<max(value, trimmed(value..<scanner.position)))
    entry.isContinued = endsInBackslash(entry.value)
    sections[sections.count - 1].entries.append(entry)
  }

  var leaves: [[String]: [UInt8]] {
    var leaves: [[String]: [UInt8]] = [:]
    for section in sections {
      var counts: [String: Int] = [:]
      for entry in section.entries {
        counts[entry.key, default: 0] += 1
        let path = (section.name.map { [$0] } ?? []) + [entry.key]
        // A key that is there several times, as systemd allows, is told apart by its turn.
        let turn = counts[entry.key].map { $0 > 1 ? ["\($0)"] : [] } ?? []
        leaves[turn.isEmpty ? path : ["", section.name ?? "", entry.key] + turn] = Array(bytes[entry.value])
      }
    }
    return leaves
  }

  // MARK: Setting

  func setting(_ path: [String], to value: SettingValue) throws(EditFault) -> [UInt8] {
    let (section, key) = try names(path)
    let text = try iniText(value)
    if let entry = try find(section, key) {
      // A key without a value is not one whose value is empty.
      let hasValue = bytes[entry.separator].contains { $0 == .equals || $0 == .colon }
      if hasValue, bytes[entry.value].elementsEqual(text.utf8) { return bytes }
      try refuseContinued(entry)
      return bytes.replacing(
        entry.separator.lowerBound..<entry.value.upperBound, with: separator(entry) + text)
    }
    let line = key + separator(in: section) + text
    guard let found = sections.first(where: { $0.name == section }) else {
      let isBlank = bytes.allSatisfy(\.isSpace)
      let gap = isBlank || bytes.suffix(2) == [.newline, .newline] ? "" : bytes.lineEnd
      return bytes.insertingLine("\(gap)[\(section ?? "")]\(bytes.lineEnd)\(line)", at: bytes.count)
    }
    if let last = found.entries.last {
      try refuseContinued(last)
      let indent = bytes.indentation(at: last.keyRange.lowerBound)
      let end = max(last.value.upperBound, last.keyRange.upperBound)
      return bytes.insertingLine(indent + line, at: bytes.endOfLine(end - 1))
    }
    guard let header = found.header else {
      return bytes.inserting(line + bytes.lineEnd, at: ByteScanner(bytes).position)
    }
    return bytes.insertingLine(line, at: bytes.endOfLine(header.upperBound - 1))
  }

  private func names(_ path: [String]) throws(EditFault) -> (section: String?, key: String) {
    let key = path.last ?? ""
    let section = path.count == 2 ? path.first : nil
    let isKey = !key.utf8.contains { $0 == .equals || $0 == .colon || $0 == .newline }
    let isSection = !(section ?? "").utf8.contains { $0 == .closeBracket || $0 == .newline }
    guard path.count <= 2, isKey, isSection, let first = key.utf8.first, !"#;[ ".utf8.contains(first) else {
      throw EditFault(
        "\(SettingPath(path)) names no key of an INI file: write section.key, with a name that has a dot in quotes",
        at: 0)
    }
    return (section, key)
  }

  private func find(_ section: String?, _ key: String) throws(EditFault) -> Entry? {
    let all = sections.filter { $0.name == section }.flatMap(\.entries)
    let same = all.filter { $0.key == key }
    if same.count > 1 {
      throw EditFault(
        "\(key) is there several times, and which is meant cannot be said", at: same[1].keyRange.lowerBound)
    }
    if same.isEmpty, let near = all.first(where: { $0.key.lowercased() == key.lowercased() }) {
      throw EditFault(
        "\(near.key) stands here, which many programs take for \(key): write it the same way",
        at: near.keyRange.lowerBound)
    }
    return same.first
  }

  private func refuseContinued(_ entry: Entry) throws(EditFault) {
    guard entry.isContinued else { return }
    throw EditFault(
      "a line ends with \\ here, and whether it goes on depends on the program", at: entry.keyRange.lowerBound
    )
  }

  private func separator(_ entry: Entry) -> String {
    let text = String(decoding: bytes[entry.separator], as: UTF8.self)
    return text.contains(where: { $0 == "=" || $0 == ":" }) ? text : separator(in: nil)
  }

  /// As the neighbours do it.
  private func separator(in section: String?) -> String {
    let neighbours = sections.filter { $0.name == section } + sections
    for entry in neighbours.lazy.flatMap(\.entries) {
      let text = String(decoding: bytes[entry.separator], as: UTF8.self)
      if !entry.value.isEmpty, text.contains(where: { $0 == "=" || $0 == ":" }) { return text }
    }
    return " = "
  }

  private func iniText(_ value: SettingValue) throws(EditFault) -> String {
    switch value {
    case .string(let text):
      let isBare = text.first?.isWhitespace != true && text.last?.isWhitespace != true && text.last != "\\"
      guard isBare, !text.utf8.contains(where: { $0 < 0x20 && $0 != .tab }) else {
        throw EditFault("an INI file has no way to write this value", at: 0)
      }
      return text
    case .integer(let number): return "\(number)"
    case .float(let number): return jsonNumber(number)
    case .bool(let flag): return flag ? "true" : "false"
    case .list: throw EditFault("an INI file has no lists: write the value as the program wants it", at: 0)
    }
  }

  // MARK: Removing

  func removing(_ path: [String]) throws(EditFault) -> [UInt8] {
    if path.count == 1, let section = sections.first(where: { $0.name == path[0] }),
      let header = section.header
    {
      let end =
        section.entries.last.map { max($0.value.upperBound, $0.keyRange.upperBound) } ?? header.upperBound
      if let last = section.entries.last { try refuseContinued(last) }
      guard sections.count(where: { $0.name == path[0] }) == 1 else {
        throw EditFault("the section [\(path[0])] is there several times", at: header.lowerBound)
      }
      return bytes.replacing(bytes.startOfLine(header.lowerBound)..<bytes.endOfLine(end - 1), with: "")
    }
    let (section, key) = try names(path)
    guard let entry = try find(section, key) else { return bytes }
    try refuseContinued(entry)
    let end = max(entry.value.upperBound, entry.keyRange.upperBound)
    return bytes.replacing(
      bytes.startOfLine(entry.keyRange.lowerBound)..<bytes.endOfLine(end - 1), with: "")
  }
}
