import Model

/// TOML. An entry goes into the table that it belongs to; a table that is missing is added at the end.
struct TOMLDocument: SettingsDocument {
  private let bytes: [UInt8]
  /// The text's beginning, then one for each header.
  private var sections: [Section] = [Section(names: [], header: nil, isArray: false)]

  private struct Section {
    var names: [String]
    var header: Range<Int>?
    /// Written as `[[names]]`, or inside such a table.
    var isArray: Bool
    var entries: [SettingEntry] = []

    func path(of entry: SettingEntry) -> [String] { names + entry.keys }
  }

  init(_ bytes: [UInt8]) throws(EditFault) {
    self.bytes = bytes
    var scanner = TOMLScanner(bytes)
    var arrays: [[String]] = []
    for statement in try scanner.statements() {
      switch statement {
      case .header(let names, let isArray, let range):
        if isArray { arrays.append(names) }
        let isInside = arrays.contains { names.starts(with: $0) }
        sections.append(Section(names: names, header: range, isArray: isInside))
      case .entry(let entry): sections[sections.count - 1].entries.append(entry)
      }
    }
    try refuseContradictions()
  }

  /// One name, one meaning. Inside `[[…]]` only the entries of the same element are compared.
  private func refuseContradictions() throws(EditFault) {
    var headers: Set<[String]> = []
    var values: Set<[String]> = []
    var tables: Set<[String]> = []
    for section in sections {
      try refuseDuplicates(section.entries)
      if section.isArray { continue }
      if let header = section.header {
        guard headers.insert(section.names).inserted else {
          throw EditFault(
            "the table [\(SettingPath(section.names))] is there twice", at: header.lowerBound)
        }
        tables.formUnion(section.names.indices.map { Array(section.names[...$0]) })
      }
      for entry in section.entries {
        let path = section.path(of: entry)
        guard values.insert(path).inserted else {
          throw EditFault("\(SettingPath(path)) is there twice", at: entry.keyRange.lowerBound)
        }
        tables.formUnion(path.indices.dropLast().map { Array(path[...$0]) })
      }
    }
    guard let both = values.intersection(tables).first else { return }
    let entry = sections.lazy.flatMap { section in
      section.entries.filter { section.path(of: $0) == both }
    }.first
    throw EditFault(
      "\(SettingPath(both)) is a value and a table at once", at: entry?.keyRange.lowerBound ?? 0)
  }

  var leaves: [[String]: [UInt8]] {
    var leaves: [[String]: [UInt8]] = [:]
    var elements = 0
    for section in sections {
      // Elements of `[[…]]` have no names; their turn keeps them apart.
      if section.isArray { elements += 1 }
      let names = section.isArray ? ["[\(elements)]"] + section.names : section.names
      for entry in section.entries {
        entry.value.collectLeaves(under: names + entry.keys, from: bytes, into: &leaves)
      }
    }
    return leaves
  }

  private var braced: BracedTable {
    BracedTable(
      bytes: bytes,
      style: .init(
        key: tomlKey, value: { tomlText($0) }, separator: " = ", padding: " ", joinsKeys: true))
  }

  // MARK: Setting

  func setting(_ path: [String], to value: SettingValue) throws(EditFault) -> [UInt8] {
    for section in sections {
      if section.isArray {
        try refuseElement(path, section)
        continue
      }
      for entry in section.entries where path.starts(with: section.path(of: entry)) {
        return try set(entry, path[section.path(of: entry).count...], to: value)
      }
      let isTable =
        section.names.starts(with: path) && !section.names.isEmpty
        || section.entries.contains { section.path(of: $0).starts(with: path) }
      if isTable {
        throw EditFault("\(SettingPath(path)) is a table here", at: place(of: path, in: section))
      }
    }
    return add(path, value)
  }

  private func refuseElement(_ path: [String], _ section: Section) throws(EditFault) {
    let isNamed = path.starts(with: section.names) || section.names.starts(with: path)
    guard isNamed, let header = section.header else { return }
    throw EditFault(
      "\(SettingPath(section.names)) is a list of tables, and which of them is meant cannot be said",
      at: header.lowerBound)
  }

  private func place(of path: [String], in section: Section) -> Int {
    let entry = section.entries.first { section.path(of: $0).starts(with: path) }
    return section.names.starts(with: path)
      ? section.header?.lowerBound ?? 0 : entry?.keyRange.lowerBound ?? 0
  }

  private func set(_ entry: SettingEntry, _ rest: ArraySlice<String>, to value: SettingValue)
    throws(EditFault) -> [UInt8]
  {
    if case .table = entry.value.content, !rest.isEmpty {
      return try braced.setting(rest, of: entry.value, to: value)
    }
    if !rest.isEmpty {
      throw EditFault(
        "\(SettingPath(entry.keys)) is a value here and no table", at: entry.keyRange.lowerBound)
    }
    if case .table = entry.value.content {
      throw EditFault("\(SettingPath(entry.keys)) is a table here", at: entry.keyRange.lowerBound)
    }
    if entry.value.value == value { return bytes }
    return bytes.replacing(entry.value.range, with: tomlText(value))
  }

  private func add(_ path: [String], _ value: SettingValue) -> [UInt8] {
    let table = Array(path.dropLast())
    let text = tomlText(value)
    if let section = sections.last(where: { !$0.isArray && $0.names == table }) {
      return add("\(path.suffix(1).map(tomlKey).joined()) = \(text)", to: section)
    }
    // A table that only dotted keys make is continued where they are.
    for section in sections where !section.isArray && table.starts(with: section.names) {
      guard section.entries.contains(where: { isBelow($0, section, table) }) else { continue }
      let keys = path.dropFirst(section.names.count).map(tomlKey).joined(separator: ".")
      return add("\(keys) = \(text)", to: section, below: table)
    }
    let header = "[" + table.map(tomlKey).joined(separator: ".") + "]"
    let isBlank = bytes.allSatisfy(\.isSpace)
    let body = "\(header)\(bytes.lineEnd)\(path.suffix(1).map(tomlKey).joined()) = \(text)"
    let gap = isBlank || bytes.suffix(2) == [.newline, .newline] ? "" : bytes.lineEnd
    return bytes.insertingLine(gap + body, at: bytes.count)
  }

  private func isBelow(_ entry: SettingEntry, _ section: Section, _ table: [String]) -> Bool {
    let path = section.path(of: entry)
    return path.count > table.count && path.starts(with: table)
  }

  /// A line behind the section's last entry, or behind the last one of the same dotted table.
  private func add(_ line: String, to section: Section, below table: [String]? = nil) -> [UInt8] {
    let near =
      table.map { table in section.entries.filter { isBelow($0, section, table) } } ?? section.entries
    if let last = near.last {
      let indent = bytes.indentation(at: last.keyRange.lowerBound)
      return bytes.insertingLine(indent + line, at: bytes.endOfLine(last.range.upperBound - 1))
    }
    if let header = section.header {
      let indent = bytes.indentation(at: header.lowerBound)
      return bytes.insertingLine(indent + line, at: bytes.endOfLine(header.upperBound - 1))
    }
    guard let first = sections.dropFirst().first?.header else {
      return bytes.insertingLine(line, at: bytes.count)
    }
    // Above the first header and the comment that belongs to it.
    var place = bytes.startOfLine(first.lowerBound)
    while place > 0 {
      let above = bytes.startOfLine(place - 1)
      guard bytes[above...].first(where: { !$0.isBlank }) == .hash else { break }
      place = above
    }
    // A byte order mark stays in front.
    if place == 0 { place = ByteScanner(bytes).position }
    return bytes.inserting(line + bytes.lineEnd + bytes.lineEnd, at: place)
  }

  // MARK: Removing

  func removing(_ path: [String]) throws(EditFault) -> [UInt8] {
    var doomed: [Range<Int>] = []
    for section in sections {
      if section.isArray {
        try refuseElement(path, section)
        continue
      }
      if let header = section.header, section.names.starts(with: path) {
        let end = section.entries.last?.range.upperBound ?? header.upperBound
        doomed.append(bytes.startOfLine(header.lowerBound)..<bytes.endOfLine(end - 1))
        continue
      }
      for entry in section.entries {
        let own = section.path(of: entry)
        if own.starts(with: path) {
          doomed.append(
            bytes.startOfLine(entry.keyRange.lowerBound)..<bytes.endOfLine(entry.range.upperBound - 1))
        } else if path.starts(with: own) {
          return try braced.removing(path[own.count...], from: entry.value)
        }
      }
    }
    var result = bytes
    for range in doomed.reversed() { result.removeSubrange(range) }
    return result
  }
}
