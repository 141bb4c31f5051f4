extension Value {
  /// Compact JSON on one line, as `jq -c` prints it; `sortedKeys` makes it canonical.
  package func json(sortedKeys: Bool = false) -> String {
    var out: [UInt8] = []
    write(into: &out, sortedKeys: sortedKeys)
    return String(decoding: out, as: UTF8.self)
  }

  /// Stops soon after `limit` bytes: for excerpts of values that may be large.
  package func write(into out: inout [UInt8], sortedKeys: Bool = false, limit: Int = .max) {
    guard out.count < limit else { return }
    switch self {
    case .null: out.append("null" as StaticString)
    case .bool(let flag): out.append(flag ? "true" : "false" as StaticString)
    case .number(let number): writeJSONNumber(number, into: &out)
    case .string(let text): writeJSONString(text, into: &out, limit: limit)
    case .array(let elements):
      out.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() where out.count < limit {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        element.write(into: &out, sortedKeys: sortedKeys, limit: limit)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let object):
      out.append(UInt8(ascii: "{"))
      let keys = sortedKeys ? object.sortedKeys : object.keys
      for (index, key) in keys.enumerated() where out.count < limit {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        writeJSONString(key, into: &out, limit: limit)
        out.append(UInt8(ascii: ":"))
        (object[key] ?? .null).write(into: &out, sortedKeys: sortedKeys, limit: limit)
      }
      out.append(UInt8(ascii: "}"))
    }
  }
}

/// As `jsonNumber` has it; nearly every number is a whole one and needs no text of its own.
package func writeJSONNumber(_ number: Double, into out: inout [UInt8]) {
  if let whole = Int64(exactly: number), whole.magnitude < 1 << 53, whole != 0 {
    if whole < 0 { out.append(UInt8(ascii: "-")) }
    out.append(decimal: whole.magnitude)
  } else {
    out += jsonNumber(number).utf8
  }
}

/// A number as jq 1.6 prints it: the shortest digits that read back, plain unless that takes many zeros.
/// NaN becomes null and infinities the largest finite number, since JSON has neither.
package func jsonNumber(_ number: Double) -> String {
  if number.isNaN { return "null" }
  if number.isInfinite {
    return jsonNumber(number < 0 ? -Double.greatestFiniteMagnitude : .greatestFiniteMagnitude)
  }
  if number == 0 { return number.sign == .minus ? "-0" : "0" }
  let sign = number < 0 ? "-" : ""
  let (digits, point) = decimal(number.magnitude)
  if point <= -4 || point > digits.count + 15 { return sign + scientific(digits, exponent: point - 1) }
  if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
  if point >= digits.count { return sign + digits + String(repeating: "0", count: point - digits.count) }
  return sign + digits.prefix(point) + "." + digits.dropFirst(point)
}

/// The shortest digits of a positive number and how many of them stand before the decimal point.
private func decimal(_ number: Double) -> (digits: String, point: Int) {
  let parts = number.description.split(separator: "e", maxSplits: 1)
  let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
  let whole = mantissa[0]
  let all = whole + (mantissa.count > 1 ? mantissa[1] : "")
  let leading = all.prefix { $0 == "0" }.count
  var digits = all.dropFirst(leading)
  while digits.last == "0" { digits.removeLast() }
  let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
  return (String(digits), whole.count - leading + exponent)
}

private func scientific(_ digits: String, exponent: Int) -> String {
  let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
  let size = String(abs(exponent))
  return "\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(size.count < 2 ? "0" : "")\(size)"
}

package func writeJSONString(_ text: String, into out: inout [UInt8], limit: Int = .max) {
  out.append(UInt8(ascii: "\""))
  for byte in text.utf8 {
    if out.count >= limit { return }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
    case 0x08: out += "\\b".utf8
    case 0x09: out += "\\t".utf8
    case 0x0A: out += "\\n".utf8
    case 0x0C: out += "\\f".utf8
    case 0x0D: out += "\\r".utf8
    case 0..<0x20, 0x7F:
      out.append("\\u" as StaticString)
      out.append(hex: UInt32(byte), digits: 4)
    default: out.append(byte)
    }
  }
  out.append(UInt8(ascii: "\""))
}
