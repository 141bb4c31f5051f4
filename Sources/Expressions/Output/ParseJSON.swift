internal import Model

/// One JSON document, with nothing but space around it.
func parseJSON(_ output: [UInt8]) throws(OutputError) -> Value {
  guard output.contains(where: { !isBlankByte($0) && $0 != UInt8(ascii: "\n") }) else {
    throw OutputError("the output is empty where JSON was expected", offset: 0)
  }
  do throws(JSONError) {
    return try JSONReader.parse(output)
  } catch {
    let line = 1 + output.prefix(error.offset).count { $0 == UInt8(ascii: "\n") }
    let excerpt = output.dropFirst(error.offset)
    let several = error.message.hasPrefix("unexpected text after") && startsValue(excerpt.first)
    throw OutputError(
      several
        ? "the output holds more than one JSON document: parse it with `lines`, or make one array of them"
        : "the output is not JSON: \(error.message) (line \(line), byte \(error.offset))",
      line: line, offset: error.offset, excerpt: excerpt)
  }
}

private func startsValue(_ byte: UInt8?) -> Bool {
  guard let byte else { return false }
  return "{[\"".utf8.contains(byte) || isDigit(byte) || byte == UInt8(ascii: "-") || "tfn".utf8.contains(byte)
}
