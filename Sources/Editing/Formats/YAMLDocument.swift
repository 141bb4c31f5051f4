import Model

/// YAML. What is added to a block mapping is indented like it; a flow mapping stays one.
struct YAMLDocument: SettingsDocument {
  private let bytes: [UInt8]
  /// Nil: comments at most.
  private let root: SettingNode?

  init(_ bytes: [UInt8]) throws(EditFault) {
    self.bytes = bytes
    var scanner = YAMLScanner(bytes)
    root = try scanner.document()
    if let root, !root.isTable {
      throw EditFault(
        "the document is no mapping, so that nothing in it has a name", at: root.range.lowerBound)
    }
  }

  var leaves: [[String]: [UInt8]] {
    var leaves: [[String]: [UInt8]] = [:]
    root?.collectLeaves(under: [], from: bytes, into: &leaves)
    return leaves
  }

  private var braced: BracedTable {
    BracedTable(bytes: bytes, style: .init(key: { yamlText($0) }, value: { yamlText($0) }, separator: ": "))
  }

  // MARK: Setting

  func setting(_ path: [String], to value: SettingValue) throws(EditFault) -> [UInt8] {
    guard let root else {
      return bytes.insertingLine(lines(path[...], value, indent: ""), at: bytes.count)
    }
    return try setting(path[...], of: root, to: value)
  }

  private func setting(_ path: ArraySlice<String>, of table: SettingNode, to value: SettingValue)
    throws(EditFault) -> [UInt8]
  {
    guard isBlock(table), case .table(let entries) = table.content, let last = entries.last else {
      return try braced.setting(path, of: table, to: value)
    }
    let indent = indentation(of: entries[0])
    guard let entry = entries.first(where: { path.starts(with: $0.keys) }) else {
      try refuseOpenText(at: last)
      let place = bytes.endOfLine(max(last.range.upperBound, colonEnd(of: last)) - 1)
      return bytes.insertingLine(lines(path, value, indent: indent), at: place)
    }
    let rest = path.dropFirst()
    if rest.isEmpty { return try set(entry, to: value) }
    if entry.value.isTable {
      try refuseAnchored(entry)
      return try setting(rest, of: entry.value, to: value)
    }
    guard entry.value.range.isEmpty else {
      throw EditFault(
        "\(SettingPath(entry.keys)) is a value here and no mapping", at: entry.value.range.lowerBound)
    }
    return bytes.insertingLine(
      lines(rest, value, indent: indent + indentUnit), at: bytes.endOfLine(colonEnd(of: entry) - 1))
  }

  private func set(_ entry: SettingEntry, to value: SettingValue) throws(EditFault) -> [UInt8] {
    let node = entry.value
    if node.value == value { return bytes }
    if node.isTable {
      throw EditFault("\(SettingPath(entry.keys)) is a mapping here", at: node.range.lowerBound)
    }
    if node.range.isEmpty { return bytes.inserting(" " + yamlText(value), at: colonEnd(of: entry)) }
    if let mark = bytes[node.range].first, "&*!".utf8.contains(mark) {
      throw EditFault(
        "\(SettingPath(entry.keys)) has an anchor, an alias or a tag, and other places may depend on it",
        at: node.range.lowerBound)
    }
    try refuseAnchors(in: node.range)
    guard case .list = node.content, bytes[node.range.lowerBound] == .dash else {
      return bytes.replacing(node.range, with: yamlText(value))
    }
    if case .list(let elements) = value, !elements.isEmpty {
      let gap = bytes.lineEnd + String(repeating: " ", count: column(node.range.lowerBound)) + "- "
      return bytes.replacing(node.range, with: "- " + elements.map { yamlText($0) }.joined(separator: gap))
    }
    let sequence = bytes.startOfLine(node.range.lowerBound)..<bytes.endOfLine(node.range.upperBound - 1)
    return bytes.replacing(sequence, with: "").inserting(" " + yamlText(value), at: colonEnd(of: entry))
  }

  /// Missing mappings over one another, the value in the innermost.
  private func lines(_ path: ArraySlice<String>, _ value: SettingValue, indent: String) -> String {
    var text = ""
    var indent = indent
    for name in path.dropLast() {
      text += indent + yamlText(name) + ":" + bytes.lineEnd
      indent += indentUnit
    }
    return text + indent + path.suffix(1).map { yamlText($0) }.joined() + ": " + yamlText(value)
  }

  /// How far the file's first nested mapping is indented.
  private var indentUnit: String {
    guard case .table(let entries)? = root?.content else { return "  " }
    for entry in entries {
      guard case .table(let inner) = entry.value.content, isBlock(entry.value), let first = inner.first else {
        continue
      }
      let depth = column(first.keyRange.lowerBound) - column(entry.keyRange.lowerBound)
      if (1...8).contains(depth) { return String(repeating: " ", count: depth) }
    }
    return "  "
  }

  // MARK: Removing

  func removing(_ path: [String]) throws(EditFault) -> [UInt8] {
    guard let root else { return bytes }
    return try removing(path[...], from: root, of: nil)
  }

  private func removing(_ path: ArraySlice<String>, from table: SettingNode, of parent: SettingEntry?)
    throws(EditFault) -> [UInt8]
  {
    guard isBlock(table), case .table(let entries) = table.content else {
      return try braced.removing(path, from: table)
    }
    guard let entry = entries.first(where: { path.starts(with: $0.keys) }) else { return bytes }
    if path.count > 1 {
      try refuseAnchored(entry)
      guard entry.value.isTable else { return bytes }
      return try removing(path.dropFirst(), from: entry.value, of: entry)
    }
    let end = max(entry.range.upperBound, colonEnd(of: entry))
    try refuseAnchors(in: entry.keyRange.lowerBound..<end)
    let lines = bytes.startOfLine(entry.keyRange.lowerBound)..<bytes.endOfLine(end - 1)
    guard entries.count == 1 else { return bytes.replacing(lines, with: "") }
    // A mapping without entries is still one, where nothing at all would be null.
    guard let parent else { return bytes.replacing(lines, with: "{}" + bytes.lineEnd) }
    return bytes.replacing(lines, with: "").inserting(" {}", at: colonEnd(of: parent))
  }

  // MARK: Places

  private func isBlock(_ table: SettingNode) -> Bool {
    !table.range.isEmpty && bytes[table.range.lowerBound] != .openBrace
  }

  private func colonEnd(of entry: SettingEntry) -> Int {
    (bytes[entry.keyRange.upperBound...].firstIndex(of: .colon) ?? entry.keyRange.upperBound) + 1
  }

  private func column(_ offset: Int) -> Int { YAMLScanner(bytes).column(offset) }

  private func indentation(of entry: SettingEntry) -> String {
    String(repeating: " ", count: column(entry.keyRange.lowerBound))
  }

  private func refuseAnchors(in range: Range<Int>) throws(EditFault) {
    let marks = range.filter { bytes[$0] == UInt8(ascii: "&") && $0 > 0 && bytes[$0 - 1].isSpace }
    guard let mark = marks.first, bytes.contains(UInt8(ascii: "*")) else { return }
    throw EditFault("an anchor stands here, and other places may depend on it", at: mark)
  }

  /// A change of what has an anchor would be one of every place that names it.
  private func refuseAnchored(_ entry: SettingEntry) throws(EditFault) {
    guard let mark = bytes[entry.value.range].first, "&*".utf8.contains(mark) else { return }
    throw EditFault(
      "\(SettingPath(entry.keys)) has an anchor or is an alias, and other places may depend on it",
      at: entry.value.range.lowerBound)
  }

  /// A newline behind a block text that the file ends with would become part of it.
  private func refuseOpenText(at entry: SettingEntry) throws(EditFault) {
    var node = entry.value
    while case .table(let entries) = node.content, let last = entries.last { node = last.value }
    guard node.range.upperBound == bytes.count, bytes[node.range].contains(.newline) else { return }
    throw EditFault("the file must end with a newline before something can be added", at: bytes.count)
  }
}

extension SettingNode {
  var isTable: Bool { if case .table = content { true } else { false } }
}
