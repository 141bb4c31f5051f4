/// Walks over a text byte by byte.
struct ByteScanner {
  let bytes: [UInt8]
  var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // A byte order mark stays where it is and means nothing.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  var isAtEnd: Bool { position >= bytes.count }
  var next: UInt8? { byte(at: position) }
  func byte(at offset: Int) -> UInt8? { bytes.indices.contains(offset) ? bytes[offset] : nil }

  var isAtLineEnd: Bool {
    guard let next else { return true }
    return next == .newline || (next == .carriageReturn && byte(at: position + 1) == .newline)
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  mutating func take(_ text: StaticString) -> Bool {
    let wanted = Array("\(text)".utf8)
    guard bytes[min(position, bytes.count)...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  mutating func skip(while holds: (UInt8) -> Bool) {
    while let next, holds(next) { position += 1 }
  }

  mutating func skipBlanks() { skip { $0 == .space || $0 == .tab } }

  /// To the end of the line, without its newline.
  mutating func skipToLineEnd() {
    while !isAtLineEnd { position += 1 }
  }

  mutating func takeLineEnd() {
    if take(.carriageReturn) {}
    _ = take(.newline)
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}

extension UInt8 {
  static let newline = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let tab = UInt8(ascii: "\t")
  static let hash = UInt8(ascii: "#")
  static let comma = UInt8(ascii: ",")
  static let colon = UInt8(ascii: ":")
  static let quote = UInt8(ascii: "\"")
  static let apostrophe = UInt8(ascii: "'")
  static let backslash = UInt8(ascii: "\\")
  static let dash = UInt8(ascii: "-")
  static let equals = UInt8(ascii: "=")
  static let openBrace = UInt8(ascii: "{")
  static let closeBrace = UInt8(ascii: "}")
  static let openBracket = UInt8(ascii: "[")
  static let closeBracket = UInt8(ascii: "]")

  var isWordCharacter: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  var isBlank: Bool { self == .space || self == .tab }
  var isSpace: Bool { isBlank || self == .newline || self == .carriageReturn }
}

extension [UInt8] {
  /// The text with a part of it replaced.
  func replacing(_ range: Range<Int>, with text: String) -> [UInt8] {
    Array(self[..<range.lowerBound]) + Array(text.utf8) + Array(self[range.upperBound...])
  }

  func inserting(_ text: String, at offset: Int) -> [UInt8] { replacing(offset..<offset, with: text) }

  /// How this text ends its lines.
  var lineEnd: String {
    guard let first = firstIndex(of: .newline), first > 0, self[first - 1] == .carriageReturn else {
      return "\n"
    }
    return "\r\n"
  }

  func startOfLine(_ offset: Int) -> Int { self[..<offset].lastIndex(of: .newline).map { $0 + 1 } ?? 0 }

  /// Behind the newline of the line that `offset` is in.
  func endOfLine(_ offset: Int) -> Int { self[offset...].firstIndex(of: .newline).map { $0 + 1 } ?? count }

  /// The blanks that a line begins with.
  func indentation(at offset: Int) -> String {
    String(decoding: self[startOfLine(offset)...].prefix { $0.isBlank }, as: UTF8.self)
  }

  /// `line` as a line of its own at `offset`, which is a line's beginning or the text's end.
  func insertingLine(_ line: String, at offset: Int) -> [UInt8] {
    let isOpen = offset > 0 && self[offset - 1] != .newline
    return inserting(isOpen ? lineEnd + line : line + lineEnd, at: offset)
  }
}
