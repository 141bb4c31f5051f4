/// A word of the query language with the bytes it stands on.
struct Token: Sendable {
  enum Kind: Sendable, Equatable {
    case number(Double)
    /// A string is a list of literal texts and of queries between `\(` and `)`.
    case string([StringPiece])
    /// `@base64`, with the at sign.
    case format(String)
    /// `.name`, without the dot.
    case field(String)
    case name(String)
    /// `$name`, without the dollar.
    case variable(String)
    case symbol(String)
    case end
  }

  enum StringPiece: Sendable, Equatable {
    case text(String)
    case query(Range<Int>)
  }

  var kind: Kind
  var span: Span
}

/// Cuts a query into tokens; interpolated queries are left as byte ranges for the parser.
struct QueryLexer {
  private let bytes: [UInt8]
  private var position: Int
  private let end: Int

  private static let symbols = [
    "?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//", "..", ".", "[", "]",
    "(", ")", "{", "}", "|", ",", ":", ";", "=", "<", ">", "+", "-", "*", "/", "%", "?",
  ]

  init(_ bytes: [UInt8], in range: Range<Int>) {
    self.bytes = bytes
    self.position = range.lowerBound
    self.end = range.upperBound
  }

  mutating func tokens() throws(QueryError) -> [Token] {
    var result: [Token] = []
    while true {
      let token = try next()
      result.append(token)
      if token.kind == .end { return result }
    }
  }

  private mutating func next() throws(QueryError) -> Token {
    skipSpaceAndComments()
    let start = position
    let kind = try kind()
    return Token(kind: kind, span: Span(start: start, end: position))
  }

  private mutating func kind() throws(QueryError) -> Token.Kind {
    guard position < end else { return .end }
    let byte = bytes[position]
    if byte == UInt8(ascii: "\"") { return .string(try string()) }
    if isDigit(byte) || (byte == UInt8(ascii: ".") && isDigit(peek(1))) { return .number(try number()) }
    if isNameStart(byte) { return .name(qualifiedName()) }
    if byte == UInt8(ascii: "."), isNameStart(peek(1)) {
      position += 1
      return .field(name())
    }
    if byte == UInt8(ascii: "$"), isNameStart(peek(1)) {
      position += 1
      return .variable(qualifiedName())
    }
    if byte == UInt8(ascii: "@"), isNameStart(peek(1)) {
      position += 1
      return .format("@" + name())
    }
    for symbol in Self.symbols where bytes[position..<end].starts(with: symbol.utf8) {
      position += symbol.utf8.count
      return .symbol(symbol)
    }
    throw unexpectedByte(byte)
  }

  private func unexpectedByte(_ byte: UInt8) -> QueryError {
    let shown = (0x21..<0x7F).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "this character"
    var help: String?
    switch byte {
    case UInt8(ascii: "'"): help = "strings stand in double quotes"
    case UInt8(ascii: "$"): help = "a variable's name follows the $ directly"
    case UInt8(ascii: "&"): help = "write `and`"
    case UInt8(ascii: "!"): help = "write `!=`, or `| not` after the value"
    default: help = nil
    }
    return QueryError("\(shown) has no meaning here", offset: position, length: 1, help: help)
  }

  private func peek(_ distance: Int) -> UInt8 {
    position + distance < end ? bytes[position + distance] : 0
  }

  private mutating func skipSpaceAndComments() {
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): position += 1
      case UInt8(ascii: "#"):
        while position < end, bytes[position] != UInt8(ascii: "\n") { position += 1 }
      default: return
      }
    }
  }

  private mutating func name() -> String {
    let start = position
    while position < end, isNameStart(bytes[position]) || isDigit(bytes[position]) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// `a::b` is a module's name; it is read whole so that the parser can refuse it by name.
  private mutating func qualifiedName() -> String {
    var result = name()
    while peek(0) == UInt8(ascii: ":"), peek(1) == UInt8(ascii: ":"), isNameStart(peek(2)) {
      position += 2
      result += "::" + name()
    }
    return result
  }

  private mutating func number() throws(QueryError) -> Double {
    let start = position
    while isDigit(peek(0)) { position += 1 }
    if peek(0) == UInt8(ascii: ".") {
      position += 1
      while isDigit(peek(0)) { position += 1 }
    }
    if peek(0) | 0x20 == UInt8(ascii: "e") {
      let signed = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
      if isDigit(peek(signed ? 2 : 1)) {
        position += signed ? 2 : 1
        while isDigit(peek(0)) { position += 1 }
      }
    }
    guard let number = looseNumber(bytes[start..<position]) else {
      throw QueryError("this is not a number", offset: start, length: position - start)
    }
    return number
  }

  private mutating func string() throws(QueryError) -> [Token.StringPiece] {
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

func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

func isHexDigit(_ byte: UInt8) -> Bool {
  isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
}

func isNameStart(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}
