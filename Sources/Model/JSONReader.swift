/// What is wrong with a JSON text, and at which byte.
package struct JSONError: Error, Equatable, Sendable {
  package var message: String
  package var offset: Int

  package init(message: String, offset: Int) {
    self.message = message
    self.offset = offset
  }
}

/// A strict JSON reader that bounds its depth: outputs of remote commands are hostile until read.
package struct JSONReader: ~Copyable {
  private let bytes: [UInt8]
  private var position = 0
  private let depthLimit: Int

  package static func parse(_ bytes: [UInt8], depthLimit: Int = 256) throws(JSONError) -> Value {
    var reader = JSONReader(bytes: bytes, depthLimit: depthLimit)
    return try reader.document()
  }

  package static func parse(_ text: String, depthLimit: Int = 256) throws(JSONError) -> Value {
    try parse(Array(text.utf8), depthLimit: depthLimit)
  }

  private init(bytes: [UInt8], depthLimit: Int) {
    self.bytes = bytes
    self.depthLimit = depthLimit
  }

  private mutating func document() throws(JSONError) -> Value {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw failure("unexpected text after the JSON value") }
    return value
  }

  private func failure(_ message: String) -> JSONError { JSONError(message: message, offset: position) }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(JSONError) -> Value {
    skipSpace()
    guard position < bytes.count else { throw failure("the JSON text ends too early") }
    guard depth < depthLimit else { throw failure("nested more than \(depthLimit) levels deep") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ word: StaticString, _ value: Value) throws(JSONError) -> Value {
    let expected = Array(word.description.utf8)
    guard bytes[position...].starts(with: expected) else { throw failure("not a JSON value") }
    position += expected.count
    return value
  }

  private mutating func object(depth: Int) throws(JSONError) -> Value {
    position += 1
    var result = Value.Object()
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(result) }
    repeat {
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        throw failure("expected a key in double quotes")
      }
      let key = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw failure("expected ':' after the key") }
      result[key] = try value(depth: depth + 1)
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw failure("expected ',' or '}'") }
    return .object(result)
  }

  private mutating func array(depth: Int) throws(JSONError) -> Value {
    position += 1
    var result: [Value] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array(result) }
    repeat {
      result.append(try value(depth: depth + 1))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw failure("expected ',' or ']'") }
    return .array(result)
  }

  private mutating func number() throws(JSONError) -> Value {
    let start = position
    if let whole = smallNumber() { return .number(whole) }
    while position < bytes.count, isNumberByte(bytes[position]) { position += 1 }
    let text = bytes[start..<position]
    guard isJSONNumber(text), let number = Double(String(decoding: text, as: UTF8.self)) else {
      position = start
      throw failure("not a JSON value")
    }
    return .number(number)
  }

  /// Most numbers are a few digits and nothing else; null, with nothing read, for any other.
  private mutating func smallNumber() -> Double? {
    var end = position
    var whole = 0
    while end < bytes.count, end - position < 10, bytes[end] &- UInt8(ascii: "0") < 10 {
      whole = whole * 10 + Int(bytes[end] &- UInt8(ascii: "0"))
      end += 1
    }
    guard end > position, end == bytes.count || !isNumberByte(bytes[end]),
      bytes[position] != UInt8(ascii: "0") || end == position + 1
    else { return nil }
    position = end
    return Double(whole)
  }

  private mutating func string() throws(JSONError) -> String {
    position += 1
    var text: [UInt8] = []
    // What needs no attention is taken in one piece.
    var start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        let last = bytes[start..<position]
        position += 1
        return String(decoding: text.isEmpty ? last : text + last, as: UTF8.self)
      case UInt8(ascii: "\\"):
        text += bytes[start..<position]
        text += try escape()
        start = position
      case 0..<0x20: throw failure("a control character stands unescaped in a string")
      default: position += 1
      }
    }
    throw failure("the string is never closed")
  }

  private mutating func escape() throws(JSONError) -> [UInt8] {
    position += 1
    guard position < bytes.count else { throw failure("the string is never closed") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw failure("unknown escape in a string")
    }
  }

  /// A lone surrogate becomes U+FFFD: a program that cuts its output in the middle of a pair is no reason to stop.
  private mutating func unicodeEscape() throws(JSONError) -> [UInt8] {
    let first = try fourHexDigits()
    var scalar = UInt32(first)
    if (0xD800..<0xDC00).contains(first), bytes[position...].starts(with: Array("\\u".utf8)) {
      let mark = position
      position += 2
      let second = try fourHexDigits()
      if (0xDC00..<0xE000).contains(second) {
        scalar = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
      } else {
        position = mark
      }
    }
    return Array(String(Character(Unicode.Scalar(scalar) ?? "\u{FFFD}")).utf8)
  }

  private mutating func fourHexDigits() throws(JSONError) -> UInt16 {
    guard position + 4 <= bytes.count, bytes[position..<position + 4].allSatisfy(isHexDigit),
      let digits = UInt16(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw failure("expected four hexadecimal digits after \\u") }
    position += 4
    return digits
  }
}

private func isHexDigit(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
    UInt8(ascii: "A")...UInt8(ascii: "F"):
    true
  default: false
  }
}

private func isNumberByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
    UInt8(ascii: "e"), UInt8(ascii: "E"):
    true
  default: false
  }
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`
private func isJSONNumber(_ text: ArraySlice<UInt8>) -> Bool {
  var rest = text
  func digits() -> Int {
    let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
    rest = rest.dropFirst(count)
    return count
  }
  if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
  let leadingZero = rest.first == UInt8(ascii: "0")
  let whole = digits()
  guard whole > 0, !leadingZero || whole == 1 else { return false }
  if rest.first == UInt8(ascii: ".") {
    rest = rest.dropFirst()
    guard digits() > 0 else { return false }
  }
  if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
    rest = rest.dropFirst()
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    guard digits() > 0 else { return false }
  }
  return rest.isEmpty
}
