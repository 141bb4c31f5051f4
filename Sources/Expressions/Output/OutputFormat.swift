package import Model

extension OutputFormat {
  /// What is wrong with the format itself, before anything ran.
  package func validate() throws(OutputError) {
    if case .lines(let pattern) = self { _ = try LinePattern(pattern) }
  }

  package func parse(_ output: [UInt8]) throws(OutputError) -> Value {
    guard output.count <= OutputLimits.bytes else {
      throw OutputError("the output has more than \(OutputLimits.bytes >> 20) MiB and is not read")
    }
    switch self {
    case .text:
      return .string(
        String(decoding: output.last == UInt8(ascii: "\n") ? output.dropLast() : output[...], as: UTF8.self))
    case .json: return try parseJSON(output)
    case .lines(let pattern): return try LinePattern(pattern).records(of: output)
    case .keys: return try parseKeys(OutputLines(output))
    case .table: return try parseTable(OutputLines(output))
    case .prometheus: return try parsePrometheus(OutputLines(output))
    }
  }
}

/// Bounds on what is read: an output comes from a machine that may be broken.
enum OutputLimits {
  static let bytes = 64 << 20
  static let lines = 1_000_000
  static let columns = 1_000
  static let patternRetries = 200_000
}

/// Why an output could not be read, and where in it.
package struct OutputError: Error, Sendable, Hashable {
  package var message: String
  /// Counts from 1.
  package var line: Int?
  /// Counts from 0.
  package var offset: Int?
  /// What stands there, without anything that a terminal would act on.
  package var excerpt: String?

  init(_ message: String, line: Int? = nil, offset: Int? = nil, excerpt: some Sequence<UInt8> = []) {
    self.message = message
    self.line = line
    self.offset = offset
    let shown = printable(excerpt)
    self.excerpt = shown.isEmpty ? nil : shown
  }
}

/// At most 60 characters; control characters and invisible ones become `·`.
private func printable(_ bytes: some Sequence<UInt8>) -> String {
  let scalars = String(decoding: Array(bytes.prefix(240)), as: UTF8.self).unicodeScalars
  var text = String.UnicodeScalarView()
  for scalar in scalars.prefix(60) {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
      text.append("·")
    default: text.append(scalar)
    }
  }
  if scalars.count > 60 { text.append("…") }
  return String(text)
}

/// The lines of an output with their numbers; a carriage return before the newline is dropped.
struct OutputLines {
  struct Line {
    var number: Int
    var bytes: ArraySlice<UInt8>
    var isBlank: Bool { bytes.allSatisfy(isBlankByte) }
    var trimmed: ArraySlice<UInt8> { trim(bytes) }

    func failure(_ message: String) -> OutputError {
      OutputError("line \(number): \(message)", line: number, excerpt: bytes)
    }
  }

  let lines: [Line]

  init(_ output: [UInt8]) throws(OutputError) {
    let split = output.split(
      separator: UInt8(ascii: "\n"), maxSplits: OutputLimits.lines, omittingEmptySubsequences: false)
    guard split.count <= OutputLimits.lines else {
      throw OutputError("the output has more than \(OutputLimits.lines) lines", line: OutputLimits.lines + 1)
    }
    lines = split.enumerated().map { index, bytes in
      Line(number: index + 1, bytes: bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes)
    }
  }
}

func isBlankByte(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

func trim(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  var rest = bytes.drop(while: isBlankByte)
  while let last = rest.last, isBlankByte(last) { rest = rest.dropLast() }
  return rest
}

func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
