internal import Model

/// Writes a record's data as JSON that is safe to look at: on one line, without secrets, and with every character escaped
/// that could move a cursor, colour a terminal or reverse the reading direction.
struct DataWriter {
  private let mask: SecretMask
  private var depth = 0

  init(mask: SecretMask) { self.mask = mask }

  /// False when the value nests too deep to be read back.
  mutating func write(_ value: Value, into out: inout [UInt8]) -> Bool {
    guard depth < JournalFormat.depthLimit else { return false }
    depth += 1
    defer { depth -= 1 }
    switch value {
    case .null, .bool: value.write(into: &out)
    case .number: writeNumber(value, into: &out)
    case .string(let text): writeString(text, into: &out)
    case .array(let elements): return write(elements, into: &out)
    case .object(let object): return write(object, into: &out)
    }
    return true
  }

  private mutating func write(_ elements: [Value], into out: inout [UInt8]) -> Bool {
    out.append(UInt8(ascii: "["))
    var isFirst = true
    for element in elements {
      if !isFirst { out.append(UInt8(ascii: ",")) }
      isFirst = false
      guard write(element, into: &out) else { return false }
    }
    out.append(UInt8(ascii: "]"))
    return true
  }

  private mutating func write(_ object: Value.Object, into out: inout [UInt8]) -> Bool {
    out.append(UInt8(ascii: "{"))
    var isFirst = true
    for (key, value) in object.entries {
      if !isFirst { out.append(UInt8(ascii: ",")) }
      isFirst = false
      writeString(key, into: &out)
      out.append(UInt8(ascii: ":"))
      guard write(value, into: &out) else { return false }
    }
    out.append(UInt8(ascii: "}"))
    return true
  }

  /// A secret of digits may have been parsed as a number.
  private func writeNumber(_ number: Value, into out: inout [UInt8]) {
    if mask.isEmpty {
      number.write(into: &out)
      return
    }
    let text = number.json()
    let masked = mask.apply(text)
    if masked == text { out += text.utf8 } else { escape(masked, into: &out) }
  }

  private func writeString(_ text: String, into out: inout [UInt8]) {
    escape(mask.isEmpty ? text : mask.apply(text), into: &out)
  }
}

private func escape(_ text: String, into out: inout [UInt8]) {
  out.append(UInt8(ascii: "\""))
  var text = text
  let isWritten = text.withUTF8 { bytes in
    // Nearly every string is plain, and copied in one go.
    guard unsafe bytes.allSatisfy(isPlain) else { return false }
    unsafe out.append(contentsOf: bytes)
    return true
  }
  if !isWritten {
    for scalar in text.unicodeScalars { escape(scalar, into: &out) }
  }
  out.append(UInt8(ascii: "\""))
}

private func isPlain(_ byte: UInt8) -> Bool {
  byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
}

private func escape(_ scalar: Unicode.Scalar, into out: inout [UInt8]) {
  switch scalar {
  case "\"", "\\":
    out.append(UInt8(ascii: "\\"))
    out.append(UInt8(truncatingIfNeeded: scalar.value))
  case "\n": out += "\\n".utf8
  case "\t": out += "\\t".utf8
  case "\r": out += "\\r".utf8
  case _ where isInvisible(scalar):
    for unit in String(scalar).utf16 {
      let digits = String(unit, radix: 16)
      out += "\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8
    }
  default: out += String(scalar).utf8
  }
}

/// Controls, separators of lines and paragraphs, and the format characters: joiners, tags, marks that change the
/// reading direction.
private func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator: true
  default: false
  }
}
