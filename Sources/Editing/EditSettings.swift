package import Model

/// The text with its settings changed, and everything else as it stands: comments, order, spacing. A text that
/// cannot be read, or an edit that does not fit it, is an error; a broken file is never the result.
package func editSettings(
  _ text: String, as format: SettingsFormat, _ edits: [SettingEdit]
) throws(EditError) -> String {
  var bytes = Array(text.utf8)
  do throws(EditFault) {
    guard bytes.count <= sizeLimit else {
      throw EditFault("the file is larger than \(sizeLimit >> 20) MiB", at: 0)
    }
    var document = try parse(bytes, format)
    for edit in edits {
      let changed =
        if let value = edit.value { try document.setting(edit.path.names, to: value) } else {
          try document.removing(edit.path.names)
        }
      if changed == bytes { continue }
      let after = try reread(changed, format, edit)
      try check(edit, before: document, after: after)
      bytes = changed
      document = after
    }
    return String(decoding: bytes, as: UTF8.self)
  } catch {
    throw error.located(in: bytes)
  }
}

/// Settings are small; some steps below take time in the square of their number.
private let sizeLimit = 1 << 20

/// A text that was read, and the ways to change one of its settings. Each gives the whole new text.
protocol SettingsDocument {
  init(_ bytes: [UInt8]) throws(EditFault)
  func setting(_ path: [String], to value: SettingValue) throws(EditFault) -> [UInt8]
  func removing(_ path: [String]) throws(EditFault) -> [UInt8]
  /// Every value by its path, as it is written.
  var leaves: [[String]: [UInt8]] { get }
}

private func parse(_ bytes: [UInt8], _ format: SettingsFormat) throws(EditFault) -> any SettingsDocument {
  if let offset = firstForbiddenByte(in: bytes) {
    throw EditFault("a control character stands here: this is no text", at: offset)
  }
  if format == .yaml, let offset = firstForeignLineEnd(in: bytes) {
    throw EditFault("a character stands here that ends a line in some versions of YAML only", at: offset)
  }
  return switch format {
  case .toml: try TOMLDocument(bytes)
  case .json: try JSONDocument(bytes)
  case .yaml: try YAMLDocument(bytes)
  case .ini: try INIDocument(bytes)
  case .env: try EnvDocument(bytes)
  }
}

/// A carriage return is half of a line's end, or ends a line for some and not for others.
private func firstForbiddenByte(in bytes: [UInt8]) -> Int? {
  bytes.indices.first { index in
    switch bytes[index] {
    case .newline, .tab: false
    case .carriageReturn: index + 1 >= bytes.count || bytes[index + 1] != .newline
    case let byte: byte < 0x20 || byte == 0x7F
    }
  }
}

/// U+0085, U+2028 and U+2029.
private func firstForeignLineEnd(in bytes: [UInt8]) -> Int? {
  bytes.indices.first { index in
    let next = bytes[index...].prefix(3)
    return next.starts(with: [0xC2, 0x85]) || next.elementsEqual([0xE2, 0x80, 0xA8])
      || next.elementsEqual([0xE2, 0x80, 0xA9])
  }
}

private func reread(
  _ bytes: [UInt8], _ format: SettingsFormat, _ edit: SettingEdit
) throws(EditFault) -> any SettingsDocument {
  do throws(EditFault) {
    return try parse(bytes, format)
  } catch {
    throw EditFault("\(edit.path) cannot be changed here: the file would no longer be read", at: 0)
  }
}

/// Whatever the editors do, only the named key may have changed.
private func check(
  _ edit: SettingEdit, before: any SettingsDocument, after: any SettingsDocument
) throws(EditFault) {
  let path = edit.path.names
  func others(_ document: any SettingsDocument) -> [[String]: [UInt8]] {
    // What the path leads through was nothing, or it could not lead there.
    document.leaves.filter { !$0.key.starts(with: path) && !path.starts(with: $0.key) }
  }
  guard others(before) == others(after), (after.leaves[path] != nil) == (edit.value != nil) else {
    throw EditFault("\(edit.path) cannot be changed here without changing something else", at: 0)
  }
}
