import Model

/// JSON, strictly: keys keep their order, and what is added is indented like its neighbours.
struct JSONDocument: SettingsDocument {
  private let bytes: [UInt8]
  private let root: SettingNode

  init(_ bytes: [UInt8]) throws(EditFault) {
    var scanner = JSONScanner(bytes)
    // An empty file is one that has no settings yet.
    let text = bytes.allSatisfy(\.isSpace) ? Array("{}\n".utf8) : bytes
    if text != bytes { scanner = JSONScanner(text) }
    self.bytes = text
    root = try scanner.document()
    guard case .table = root.content else {
      throw EditFault("the file holds no object, so that nothing in it has a name", at: root.range.lowerBound)
    }
  }

  func setting(_ path: [String], to value: SettingValue) throws(EditFault) -> [UInt8] {
    try table.setting(path[...], of: root, to: value)
  }

  func removing(_ path: [String]) throws(EditFault) -> [UInt8] { try table.removing(path[...], from: root) }

  var leaves: [[String]: [UInt8]] {
    var leaves: [[String]: [UInt8]] = [:]
    root.collectLeaves(under: [], from: bytes, into: &leaves)
    return leaves
  }

  private var table: BracedTable {
    BracedTable(
      bytes: bytes,
      style: .init(
        key: jsonText, value: jsonText, separator: isSpread ? ": " : separator, indentUnit: indentUnit))
  }

  private var isSpread: Bool { bytes[root.range].contains(.newline) }

  /// Compact texts have no blank behind the colon.
  private var separator: String { bytes[root.range].contains(.space) || bytes.count < 4 ? ": " : ":" }

  private var indentUnit: String? {
    guard case .table(let entries) = root.content else { return nil }
    guard let first = entries.first else { return "  " }
    guard isSpread else { return nil }
    let unit = bytes.indentation(at: first.range.lowerBound)
    return unit.isEmpty ? "  " : unit
  }
}

func jsonText(_ text: String) -> String {
  var out: [UInt8] = []
  writeJSONString(text, into: &out)
  return String(decoding: out, as: UTF8.self)
}

private func jsonText(_ value: SettingValue) -> String {
  switch value {
  case .string(let text): jsonText(text)
  case .integer(let number): "\(number)"
  case .float(let number): jsonNumber(number)
  case .bool(let flag): flag ? "true" : "false"
  case .list(let elements): "[" + elements.map { jsonText($0) }.joined(separator: ", ") + "]"
  }
}
