extension Value {
  /// Compact JSON on one line, as `jq -c` prints it; `sortedKeys` makes it canonical.
  package func json(sortedKeys: Bool = false) -> String {
    var out: [UInt8] = []
    write(into: &out, sortedKeys: sortedKeys)
    return String(decoding: out, as: UTF8.self)
  }

  package func write(into out: inout [UInt8], sortedKeys: Bool = false) {
    switch self {
    case .null: out += "null".utf8
    case .bool(let flag): out += (flag ? "true" : "false").utf8
    case .number(let number): out += jsonNumber(number).utf8
    case .string(let text): writeJSONString(text, into: &out)
    case .array(let elements):
      out.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        element.write(into: &out, sortedKeys: sortedKeys)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let object):
      out.append(UInt8(ascii: "{"))
      for (index, key) in (sortedKeys ? object.keys.sorted() : object.keys).enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        writeJSONString(key, into: &out)
        out.append(UInt8(ascii: ":"))
        (object[key] ?? .null).write(into: &out, sortedKeys: sortedKeys)
      }
      out.append(UInt8(ascii: "}"))
    }
  }
}

/// jq prints NaN as null and infinities as the largest finite number, since JSON has neither.
func jsonNumber(_ number: Double) -> String {
  if number.isNaN { return "null" }
  if number.isInfinite {
    return jsonNumber(number < 0 ? -Double.greatestFiniteMagnitude : .greatestFiniteMagnitude)
  }
  if let whole = Int64(exactly: number), abs(number) < 1e17 { return String(whole) }
  return "\(number)"
}

func writeJSONString(_ text: String, into out: inout [UInt8]) {
  let hex = Array("0123456789abcdef".utf8)
  out.append(UInt8(ascii: "\""))
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
    case 0x08: out += "\\b".utf8
    case 0x09: out += "\\t".utf8
    case 0x0A: out += "\\n".utf8
    case 0x0C: out += "\\f".utf8
    case 0x0D: out += "\\r".utf8
    case 0..<0x20, 0x7F: out += "\\u00".utf8 + [hex[Int(byte >> 4)], hex[Int(byte & 15)]]
    default: out.append(byte)
    }
  }
  out.append(UInt8(ascii: "\""))
}
