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
  let bytes: [UInt8]
  var position: Int
  let end: Int

  static let symbols = [
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

  func peek(_ distance: Int) -> UInt8 {
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
}

func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

func isHexDigit(_ byte: UInt8) -> Bool {
  isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
}

func isNameStart(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}
