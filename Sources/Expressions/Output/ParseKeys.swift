internal import Model

/// `key: value`, `key = value` or `key=value` on each line, whichever mark comes first. Values stay strings: an
/// identifier of 64 bits would lose digits as a number.
func parseKeys(_ output: OutputLines) throws(OutputError) -> Value {
  var object = Value.Object()
  for line in output.lines {
    let bytes = line.trimmed
    if bytes.isEmpty || bytes.first == UInt8(ascii: "#") { continue }
    guard let (key, value) = keyAndValue(bytes) else {
      throw line.failure("expected `key: value` or `key = value`")
    }
    object[text(key)] = .string(text(value))
  }
  return .object(object)
}

private func keyAndValue(_ line: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
  let start = line.first == UInt8(ascii: "\"") ? closingQuote(of: line).map { $0 + 1 } : line.startIndex
  guard let start, let mark = line[start...].firstIndex(where: isKeyMark) else { return nil }
  let key = unquoted(trim(line[..<mark]))
  return key.isEmpty ? nil : (key, unquoted(trim(line[(mark + 1)...])))
}

private func isKeyMark(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ":") || byte == UInt8(ascii: "=") }

private func closingQuote(of text: ArraySlice<UInt8>) -> Int? {
  text.dropFirst().firstIndex(of: UInt8(ascii: "\""))
}

private func unquoted(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  let quote = UInt8(ascii: "\"")
  return text.count >= 2 && text.first == quote && text.last == quote ? text.dropFirst().dropLast() : text
}
