import Model

/// Changes inside `{…}`: JSON objects, YAML's flow mappings, TOML's inline tables.
struct BracedTable {
  /// How a format writes what goes in between.
  struct Style {
    var key: (String) -> String
    var value: (SettingValue) -> String
    /// Between a key and its value, unless the table shows another way.
    var separator: String
    /// Around the entries of a table that was empty.
    var padding = ""
    /// `a.b = 1` instead of `a = { b = 1 }`.
    var joinsKeys = false
    /// What one level of indentation is in a text whose tables are written over several lines.
    var indentUnit: String?
  }

  let bytes: [UInt8]
  let style: Style

  func setting(_ path: ArraySlice<String>, of table: SettingNode, to value: SettingValue)
    throws(EditFault) -> [UInt8]
  {
    guard case .table(let entries) = table.content, let first = path.first else { return bytes }
    for entry in entries where path.starts(with: entry.keys) {
      let rest = path.dropFirst(entry.keys.count)
      if rest.isEmpty { return try replacing(entry, with: value) }
      guard case .table = entry.value.content else {
        throw EditFault(
          "\(SettingPath(entry.keys)) is a value here and no table", at: entry.keyRange.lowerBound)
      }
      return try setting(rest, of: entry.value, to: value)
    }
    if let longer = entries.first(where: { $0.keys.starts(with: path) }) {
      throw EditFault("\(SettingPath(Array(path))) is a table here", at: longer.keyRange.lowerBound)
    }
    return inserting(Array(path), first, value, into: entries, of: table)
  }

  private func replacing(_ entry: SettingEntry, with value: SettingValue) throws(EditFault) -> [UInt8] {
    if entry.value.value == value { return bytes }
    if case .table = entry.value.content {
      throw EditFault("\(SettingPath(entry.keys)) is a table here", at: entry.keyRange.lowerBound)
    }
    return bytes.replacing(entry.value.range, with: style.value(value))
  }

  private func inserting(
    _ path: [String], _ first: String, _ value: SettingValue, into entries: [SettingEntry],
    of table: SettingNode
  ) -> [UInt8] {
    guard let last = entries.last else {
      let body = written(
        path, value, separator: style.separator, indent: bytes.indentation(at: table.range.lowerBound))
      return bytes.replacing(table.range, with: body)
    }
    let separator = blankOrNil(last.keyRange.upperBound..<last.value.range.lowerBound) ?? style.separator
    let between = joint(entries, table)
    let indent = String(decoding: between.utf8.reversed().prefix { $0.isBlank }.reversed(), as: UTF8.self)
    return bytes.inserting(
      between + entry(path, value, separator: separator, indent: indent), at: last.range.upperBound)
  }

  /// What stands between two entries, as far as the table shows it.
  private func joint(_ entries: [SettingEntry], _ table: SettingNode) -> String {
    if entries.count > 1 {
      let between = entries[entries.count - 2].range.upperBound..<entries[entries.count - 1].range.lowerBound
      if let joint = blankOrNil(between) { return joint }
    }
    if let first = entries.first, let lead = blankOrNil(table.range.lowerBound + 1..<first.range.lowerBound),
      lead.utf8.contains(.newline)
    {
      return "," + lead
    }
    return ", "
  }

  /// The text when it holds nothing but punctuation: a comment must not be written twice.
  private func blankOrNil(_ range: Range<Int>) -> String? {
    let text = bytes[range]
    guard text.allSatisfy({ $0.isSpace || $0 == .comma || $0 == .colon || $0 == .equals }) else { return nil }
    return String(decoding: text, as: UTF8.self)
  }

  private func entry(_ path: [String], _ value: SettingValue, separator: String, indent: String) -> String {
    if style.joinsKeys || path.count == 1 {
      return path.map(style.key).joined(separator: ".") + separator + style.value(value)
    }
    return style.key(path[0]) + separator
      + written(Array(path.dropFirst()), value, separator: separator, indent: indent)
  }

  /// A whole table with one entry.
  private func written(_ path: [String], _ value: SettingValue, separator: String, indent: String) -> String {
    if let unit = style.indentUnit {
      let inner = bytes.lineEnd + indent + unit
      return "{" + inner + entry(path, value, separator: separator, indent: indent + unit) + bytes.lineEnd
        + indent + "}"
    }
    return "{" + style.padding + entry(path, value, separator: separator, indent: indent) + style.padding
      + "}"
  }

  func removing(_ path: ArraySlice<String>, from table: SettingNode) throws(EditFault) -> [UInt8] {
    guard case .table(let entries) = table.content else { return bytes }
    for (index, entry) in entries.enumerated() where path.starts(with: entry.keys) {
      let rest = path.dropFirst(entry.keys.count)
      if rest.isEmpty { return removing(index, of: entries, from: table) }
      return try removing(rest, from: entry.value)
    }
    if let index = entries.firstIndex(where: { $0.keys.starts(with: path) }) {
      // Dotted keys of one table: each goes, and what is left is read again by the caller.
      throw EditFault(
        "\(SettingPath(Array(path))) is a table here: remove its keys", at: entries[index].keyRange.lowerBound
      )
    }
    return bytes
  }

  private func removing(_ index: Int, of entries: [SettingEntry], from table: SettingNode) -> [UInt8] {
    if entries.count == 1 { return bytes.replacing(table.range, with: "{}") }
    let range =
      index + 1 < entries.count
      ? entries[index].range.lowerBound..<entries[index + 1].range.lowerBound
      : entries[index - 1].range.upperBound..<entries[index].range.upperBound
    return bytes.replacing(range, with: "")
  }
}
