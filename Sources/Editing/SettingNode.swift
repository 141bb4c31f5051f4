import Model

/// A value in a text: where it stands and what it is made of.
struct SettingNode {
  indirect enum Content {
    /// Nil: something whose meaning need not be known, such as a date.
    case scalar(SettingValue?)
    case list([SettingNode])
    case table([SettingEntry])
  }

  var range: Range<Int>
  var content: Content

  /// The value, as far as it can be one of a setting.
  var value: SettingValue? {
    switch content {
    case .scalar(let value): return value
    case .list(let elements):
      let values = elements.map(\.value)
      return values.contains(nil) ? nil : .list(values.compactMap { $0 })
    case .table: return nil
    }
  }
}

/// `key: value` or `a.b = value` inside a table.
struct SettingEntry {
  var keys: [String]
  var keyRange: Range<Int>
  var value: SettingNode

  var range: Range<Int> { keyRange.lowerBound..<max(keyRange.upperBound, value.range.upperBound) }
}

extension SettingNode {
  /// Every value below this one by its path, as it is written.
  func collectLeaves(under path: [String], from bytes: [UInt8], into leaves: inout [[String]: [UInt8]]) {
    guard case .table(let entries) = content else {
      leaves[path] = Array(bytes[range])
      return
    }
    for entry in entries {
      entry.value.collectLeaves(under: path + entry.keys, from: bytes, into: &leaves)
    }
  }
}

/// A table's entries must differ: of two equal ones nobody knows which is meant.
func refuseDuplicates(_ entries: [SettingEntry]) throws(EditFault) {
  var seen: Set<[String]> = []
  for entry in entries where !seen.insert(entry.keys).inserted {
    throw EditFault(
      "\(SettingPath(entry.keys)) is there twice in the same table", at: entry.keyRange.lowerBound)
  }
}
