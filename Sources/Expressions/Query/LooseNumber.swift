internal import Model

/// A number as jq reads it, which is more generous than JSON: `+1`, `01`, `.5` and `5.` are numbers too.
func looseNumber(_ bytes: some Collection<UInt8>) -> Double? {
  var rest = bytes[...]
  var digits = 0
  func isDigitNext() -> Bool { rest.first.map(isDigit) ?? false }
  if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
  var text = bytes.first == UInt8(ascii: "-") ? "-0" : "0"
  while let byte = rest.first, isDigit(byte) {
    text.append(Character(Unicode.Scalar(byte)))
    rest = rest.dropFirst()
    digits += 1
  }
  if rest.first == UInt8(ascii: ".") {
    rest = rest.dropFirst()
    text += isDigitNext() ? "." : ""
    while let byte = rest.first, isDigit(byte) {
      text.append(Character(Unicode.Scalar(byte)))
      rest = rest.dropFirst()
      digits += 1
    }
  }
  guard digits > 0 else { return nil }
  if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
    text += "e" + String(decoding: rest.dropFirst(), as: UTF8.self)
    rest = rest.dropFirst()
    if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    guard isDigitNext() else { return nil }
    rest = rest.drop(while: isDigit)
  }
  return rest.isEmpty ? Double(text) : nil
}

/// What `tonumber` makes of a text.
func number(from text: String) throws(Interrupt) -> Value {
  func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
  let trimmed = text.utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
  if let number = looseNumber(Array(trimmed)) { return .number(number) }
  if text == "nan" { return .number(.nan) }
  if text.isEmpty { throw .message("Expected JSON value (while parsing '')") }
  let isOneToken = text.utf8.allSatisfy { isNameStart($0) || isDigit($0) || "+-.".utf8.contains($0) }
  guard isOneToken, text.utf8.count < 100 else {
    throw .message("\(described(.string(text))) cannot be parsed as a number")
  }
  throw .message(
    "Invalid numeric literal at EOF at line 1, column \(text.utf8.count) (while parsing '\(text)')")
}
