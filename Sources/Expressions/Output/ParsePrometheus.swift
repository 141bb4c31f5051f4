internal import Model

/// The text format of metrics: an array of `{name, labels, value, type}`. Its values may be NaN or infinite, which
/// JSON cannot say but a query can ask.
func parsePrometheus(_ output: OutputLines) throws(OutputError) -> Value {
  var types: [String: String] = [:]
  var samples: [Value] = []
  for line in output.lines {
    let bytes = line.trimmed
    if bytes.isEmpty { continue }
    if bytes.first == UInt8(ascii: "#") {
      let words = text(bytes).split(separator: " ", omittingEmptySubsequences: true)
      if words.count == 4, words[0] == "#", words[1] == "TYPE" { types[String(words[2])] = String(words[3]) }
      continue
    }
    var reader = SampleReader(bytes, line)
    var sample = try reader.sample()
    let name = sample["name"]?.stringValue ?? ""
    sample["type"] = .string(type(of: name, types))
    samples.append(.object(sample))
  }
  return .array(samples)
}

/// `x_bucket`, `x_sum` and `x_count` are parts of the histogram or summary `x`.
private func type(of name: String, _ types: [String: String]) -> String {
  if let known = types[name] { return known }
  for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
    if let known = types[String(name.dropLast(suffix.count))], known == "histogram" || known == "summary" {
      return known
    }
  }
  return "untyped"
}

/// `name{label="value",…} value [timestamp]`
private struct SampleReader {
  private let bytes: ArraySlice<UInt8>
  private let line: OutputLines.Line
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>, _ line: OutputLines.Line) {
    self.bytes = bytes
    self.line = line
    position = bytes.startIndex
  }

  mutating func sample() throws(OutputError) -> Value.Object {
    let name = name(colons: true)
    guard !name.isEmpty else { throw line.failure("expected the name of a metric") }
    var labels = Value.Object()
    skipSpace()
    if take(UInt8(ascii: "{")) { labels = try self.labels() }
    skipSpace()
    let words = text(bytes[position...]).split { $0 == " " || $0 == "\t" }
    guard (1...2).contains(words.count), let value = number(words[0]) else {
      throw line.failure("expected a number behind `\(name)`")
    }
    if words.count == 2, Int(words[1]) == nil { throw line.failure("expected a timestamp behind the value") }
    return ["name": .string(name), "labels": .object(labels), "value": .number(value)]
  }

  private mutating func labels() throws(OutputError) -> Value.Object {
    var labels = Value.Object()
    skipSpace()
    while !take(UInt8(ascii: "}")) {
      let name = name(colons: false)
      skipSpace()
      guard !name.isEmpty, take(UInt8(ascii: "=")) else { throw line.failure("expected `label=\"value\"`") }
      skipSpace()
      guard take(UInt8(ascii: "\"")) else { throw line.failure("expected a label's value in double quotes") }
      labels[name] = .string(try labelValue())
      skipSpace()
      if !take(UInt8(ascii: ",")), !isNext(UInt8(ascii: "}")) {
        throw line.failure("expected ',' or '}' behind a label")
      }
      skipSpace()
    }
    return labels
  }

  private mutating func labelValue() throws(OutputError) -> String {
    var value: [UInt8] = []
    while position < bytes.endIndex {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return text(value)
      case UInt8(ascii: "\\") where position < bytes.endIndex:
        value.append(bytes[position] == UInt8(ascii: "n") ? UInt8(ascii: "\n") : bytes[position])
        position += 1
      default: value.append(byte)
      }
    }
    throw line.failure("a label's value is never closed")
  }

  private mutating func name(colons: Bool) -> String {
    let start = position
    while position < bytes.endIndex,
      isNameStart(bytes[position]) || (colons && isNext(UInt8(ascii: ":")))
        || (position > start && isDigit(bytes[position]))
    {
      position += 1
    }
    return text(bytes[start..<position])
  }

  private func number(_ word: Substring) -> Double? {
    switch word {
    case "NaN": .nan
    case "+Inf", "Inf": .infinity
    case "-Inf": -.infinity
    default: looseNumber(Array(word.utf8))
    }
  }

  private func isNext(_ byte: UInt8) -> Bool { position < bytes.endIndex && bytes[position] == byte }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard isNext(byte) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.endIndex, isBlankByte(bytes[position]) { position += 1 }
  }
}
