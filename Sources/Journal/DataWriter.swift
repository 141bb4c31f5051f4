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

/// Nearly every text is plain as a whole, and copied in one go, as is what stands between two characters to escape.
private func escape(_ text: String, into out: inout [UInt8]) {
  out.append(UInt8(ascii: "\""))
  let bytes = text.utf8Span.span
  var copied = 0
  var index = 0
  while index < bytes.count {
    let byte = bytes[index]
    if isPlain(byte) {
      index += 1
      continue
    }
    let scalar = scalar(at: index, of: bytes)
    let width = UTF8.width(scalar)
    if byte < 0x80 || isInvisible(scalar) {
      append(bytes.extracting(copied..<index), to: &out)
      escape(scalar, into: &out)
      copied = index + width
    }
    index += width
  }
  append(bytes.extracting(copied..<bytes.count), to: &out)
  out.append(UInt8(ascii: "\""))
}

func append(_ bytes: Span<UInt8>, to out: inout [UInt8]) {
  unsafe bytes.withUnsafeBufferPointer { unsafe out.append(contentsOf: $0) }
}

private func isPlain(_ byte: UInt8) -> Bool {
  byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
}

/// What begins there in the bytes of a text, which are UTF-8 as it should be.
private func scalar(at index: Int, of bytes: Span<UInt8>) -> Unicode.Scalar {
  let lead = UInt32(bytes[index])
  let more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3
  var value = more == 0 ? lead : lead & (0x3F >> UInt32(more))
  for offset in 0..<more where index + offset + 1 < bytes.count {
    value = value << 6 | UInt32(bytes[index + offset + 1] & 0x3F)
  }
  return Unicode.Scalar(value) ?? "\u{FFFD}"
}

private func escape(_ scalar: Unicode.Scalar, into out: inout [UInt8]) {
  switch scalar {
  case "\"", "\\":
    out.append(UInt8(ascii: "\\"))
    out.append(UInt8(truncatingIfNeeded: scalar.value))
  case "\n": out.append("\\n" as StaticString)
  case "\t": out.append("\\t" as StaticString)
  case "\r": out.append("\\r" as StaticString)
  default:
    for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
      out.append("\\u" as StaticString)
      out.append(hex: UInt32(unit), digits: 4)
    }
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
