/// Strings, with the queries that they interpolate.
extension QueryLexer {
  mutating func string() throws(QueryError) -> [Token.StringPiece] {
    let start = position
    var pieces: [Token.StringPiece] = []
    var text: [UInt8] = []
    position += 1
    while position < end {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") {
        pieces.append(.text(String(decoding: text, as: UTF8.self)))
        return pieces
      }
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      if peek(0) == UInt8(ascii: "(") {
        pieces.append(.text(String(decoding: text, as: UTF8.self)))
        text = []
        pieces.append(.query(try interpolation()))
      } else {
        text += try escape()
      }
    }
    throw QueryError("this string is never closed", offset: start, length: 1, help: "add a double quote")
  }

  /// The bytes between `\(` and its `)`; strings inside may hold parentheses of their own.
  private mutating func interpolation() throws(QueryError) -> Range<Int> {
    let start = position + 1
    var depth = 0
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"):
        depth -= 1
        if depth == 0 {
          position += 1
          return start..<(position - 1)
        }
      case UInt8(ascii: "\""): try skipString()
      case UInt8(ascii: "#"):
        while position + 1 < end, bytes[position + 1] != UInt8(ascii: "\n") { position += 1 }
      default: break
      }
      position += 1
    }
    throw QueryError("'\\(' is never closed", offset: start - 2, length: 2, help: "add ')'")
  }

  /// Moves from a string's opening quote to its closing one without recursion, however they nest.
  private mutating func skipString() throws(QueryError) {
    let start = position
    /// One entry a string that is open; the number of parentheses open in its interpolation.
    var open: [Int] = [0]
    position += 1
    while position < end {
      let byte = bytes[position]
      let inQuery = (open.last ?? 0) > 0
      switch byte {
      case UInt8(ascii: "\\") where !inQuery:
        position += 1
        if peek(0) == UInt8(ascii: "(") { open[open.count - 1] = 1 }
      case UInt8(ascii: "(") where inQuery: open[open.count - 1] += 1
      case UInt8(ascii: ")") where inQuery: open[open.count - 1] -= 1
      case UInt8(ascii: "\"") where inQuery: open.append(0)
      case UInt8(ascii: "\""):
        open.removeLast()
        if open.isEmpty { return }
      default: break
      }
      position += 1
    }
    throw QueryError("this string is never closed", offset: start, length: 1, help: "add a double quote")
  }

  private mutating func escape() throws(QueryError) -> [UInt8] {
    let start = position - 1
    let letter = peek(0)
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [letter]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return try unicodeEscape(start)
    default:
      throw QueryError(
        "unknown escape in a string", offset: start, length: 2, help: "write \\\\ for a backslash")
    }
  }

  private mutating func unicodeEscape(_ start: Int) throws(QueryError) -> [UInt8] {
    var scalar = try fourHexDigits(start)
    if (0xD800..<0xDC00).contains(scalar), peek(0) == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u") {
      position += 2
      let second = try fourHexDigits(start)
      guard (0xDC00..<0xE000).contains(second) else {
        throw QueryError("these two \\u escapes are no surrogate pair", offset: start, length: 12)
      }
      scalar = 0x10000 + (scalar - 0xD800) << 10 + (second - 0xDC00)
    }
    return Array(String(Character(Unicode.Scalar(scalar) ?? "\u{FFFD}")).utf8)
  }

  private mutating func fourHexDigits(_ start: Int) throws(QueryError) -> UInt32 {
    guard position + 4 <= end, bytes[position..<position + 4].allSatisfy(isHexDigit),
      let digits = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw QueryError("expected four hexadecimal digits after \\u", offset: start, length: 2) }
    position += 4
    return digits
  }
}
