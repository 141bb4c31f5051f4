internal import Model

/// The formats that `@name` applies to a value, or to each value that a string interpolates.
enum TextFormat: String, CaseIterable, Sendable {
  case text = "@text"
  case json = "@json"
  case csv = "@csv"
  case tsv = "@tsv"
  case html = "@html"
  case uri = "@uri"
  case sh = "@sh"
  case base64 = "@base64"
  case base64d = "@base64d"

  func apply(_ value: Value, _ evaluator: Evaluator) throws(Interrupt) -> String {
    let text: String
    switch self {
    case .text: text = try evaluator.text(value)
    case .json: text = try evaluator.json(value)
    case .csv: text = try row(value, evaluator, separator: ",", quote: Self.csvField)
    case .tsv: text = try row(value, evaluator, separator: "\t", quote: Self.tsvField)
    case .html: text = escaped(try evaluator.text(value)) { Self.htmlEntities[$0] }
    case .uri: text = Self.percentEncoded(try evaluator.text(value))
    case .sh: text = try shellWords(value, evaluator)
    case .base64: text = base64Encoded(Array(try evaluator.text(value).utf8))
    case .base64d: text = try Self.decoded(try evaluator.text(value))
    }
    try evaluator.chargeString(bytes: text.utf8.count)
    return text
  }

  // MARK: Rows

  private func row(
    _ value: Value, _ evaluator: Evaluator, separator: String, quote: (String) -> String
  ) throws(Interrupt) -> String {
    guard case .array(let fields) = value else {
      throw .message("\(described(value)) cannot be \(rawValue.dropFirst())-formatted, only array")
    }
    var texts: [String] = []
    var bytes = 0
    for field in fields {
      switch field {
      case .null: texts.append("")
      case .number(let number): texts.append(number.isNaN ? "" : jsonNumber(number))
      case .bool(let flag): texts.append(flag ? "true" : "false")
      case .string(let text): texts.append(quote(text))
      default: throw .message("\(described(field)) is not valid in a csv row")
      }
      bytes += texts.last?.utf8.count ?? 0
      try evaluator.chargeString(bytes: bytes)
    }
    return texts.joined(separator: separator)
  }

  private static func csvField(_ text: String) -> String {
    "\"" + escaped(text) { $0 == UInt8(ascii: "\"") ? "\"\"" : nil } + "\""
  }

  private static func tsvField(_ text: String) -> String {
    escaped(text) { byte in
      switch byte {
      case UInt8(ascii: "\t"): "\\t"
      case UInt8(ascii: "\n"): "\\n"
      case UInt8(ascii: "\r"): "\\r"
      case UInt8(ascii: "\\"): "\\\\"
      default: nil
      }
    }
  }

  private func shellWords(_ value: Value, _ evaluator: Evaluator) throws(Interrupt) -> String {
    let words: [Value] = if case .array(let elements) = value { elements } else { [value] }
    var texts: [String] = []
    var bytes = 0
    for word in words {
      switch word {
      case .string(let text):
        texts.append("'" + escaped(text) { $0 == UInt8(ascii: "'") ? "'\\''" : nil } + "'")
      case .array, .object: throw .message("\(described(word)) can not be escaped for shell")
      default: texts.append(try evaluator.json(word))
      }
      bytes += texts.last?.utf8.count ?? 0
      try evaluator.chargeString(bytes: bytes)
    }
    return texts.joined(separator: " ")
  }

  // MARK: Bytes

  private static let htmlEntities: [UInt8: String] = [
    UInt8(ascii: "<"): "&lt;", UInt8(ascii: ">"): "&gt;", UInt8(ascii: "&"): "&amp;",
    UInt8(ascii: "'"): "&apos;", UInt8(ascii: "\""): "&quot;",
  ]

  private static func percentEncoded(_ text: String) -> String {
    let hex = Array("0123456789ABCDEF".utf8)
    let kept = Set("-_.!~*'()".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if isNameStart(byte) || isDigit(byte) || kept.contains(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func decoded(_ text: String) throws(Interrupt) -> String {
    let digits = text.utf8.filter { $0 != UInt8(ascii: "=") }
    guard digits.allSatisfy({ base64Value($0) != nil }) else {
      throw .message("\(described(.string(text))) is not valid base64 data")
    }
    guard digits.count % 4 != 1 else {
      throw .message("\(described(.string(text))) trailing base64 byte found")
    }
    return String(decoding: base64Decoded(digits), as: UTF8.self)
  }
}

private func escaped(_ text: String, _ replacement: (UInt8) -> String?) -> String {
  var bytes: [UInt8] = []
  for byte in text.utf8 {
    if let replacement = replacement(byte) { bytes += replacement.utf8 } else { bytes.append(byte) }
  }
  return String(decoding: bytes, as: UTF8.self)
}

private let base64Alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

private func base64Value(_ byte: UInt8) -> UInt32? {
  base64Alphabet.firstIndex(of: byte).map { UInt32($0) }
}

private func base64Encoded(_ bytes: [UInt8]) -> String {
  var out: [UInt8] = []
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = bytes[start..<min(start + 3, bytes.count)]
    let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
    for position in 0..<4 {
      let digit = base64Alphabet[Int(bits >> UInt32(18 - 6 * position) & 63)]
      out.append(position <= group.count ? digit : UInt8(ascii: "="))
    }
  }
  return String(decoding: out, as: UTF8.self)
}

/// A group that is cut short gives the whole bytes that it holds.
private func base64Decoded(_ digits: [UInt8]) -> [UInt8] {
  var out: [UInt8] = []
  for start in stride(from: 0, to: digits.count, by: 4) {
    let group = digits[start..<min(start + 4, digits.count)].compactMap(base64Value)
    let bits = group.reduce(UInt32(0)) { $0 << 6 | $1 } << UInt32(6 * (4 - group.count))
    for position in 0..<(group.count - 1) { out.append(UInt8(bits >> UInt32(16 - 8 * position) & 255)) }
  }
  return out
}
