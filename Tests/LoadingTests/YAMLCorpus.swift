import Model

@testable import Loading

/// One text and what belay's YAML reader makes of it.
///
/// In a file of the corpus a case is
///
///     @ its name
///     the text
///     @@ {"the":"value as JSON"}    or    @@ error CODE LINE:COLUMN
///
/// No YAML starts a line with @. After `@!` instead of `@` the text is escaped: `\t`, `\r`, `\n`, `\\`, `\xHH` for a
/// byte, `\uHHHH` for a scalar, and a backslash at a line's end joins it with the next.
struct YAMLCase: CustomStringConvertible {
  var file: String
  var name: String
  var bytes: [UInt8]
  var expected: String

  var description: String { "\(file): \(name)" }

  /// The reader's answer in the corpus's words.
  var answer: String {
    let problems = Problems()
    let value: Value?
    do throws(FileProblem) {
      let source = try decodeText(bytes, "case.yaml")
      value = YAMLReader.read(source, problems)?.plainValue("the file", problems)
    } catch {
      problems.report(error.diagnostic())
      value = nil
    }
    guard let first = problems.sorted().first else { return value?.json() ?? "nothing" }
    return "error \(first.code) " + (first.location.map { "\($0.line):\($0.column)" } ?? "nowhere")
  }

  static func read(_ file: String) throws -> [YAMLCase] {
    var cases: [YAMLCase] = []
    var lines: [Substring] = []
    var isEscaped = false
    for line in try fixture(file).text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("@@ ") {
        let text = lines.map { $0 + "\n" }.joined()
        let last = cases.count - 1
        guard last >= 0 else { continue }
        cases[last].bytes = isEscaped ? unescaped(text) : Array(text.utf8)
        cases[last].expected = String(line.dropFirst(3))
      } else if line.hasPrefix("@ ") || line.hasPrefix("@! ") {
        isEscaped = line.hasPrefix("@!")
        lines = []
        let name = line.drop { $0 != " " }.dropFirst()
        cases.append(YAMLCase(file: file, name: String(name), bytes: [], expected: ""))
      } else {
        lines.append(line)
      }
    }
    return cases
  }

  private static func unescaped(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let kind = rest.popFirst() else {
        bytes.append(byte)
        continue
      }
      switch kind {
      case UInt8(ascii: "\n"): break
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "n"): bytes.append(0x0A)
      case UInt8(ascii: "r"): bytes.append(0x0D)
      case UInt8(ascii: "x"):
        bytes.append(UInt8(hexadecimal(&rest, 2) & 0xFF))
      case UInt8(ascii: "u"):
        if let scalar = Unicode.Scalar(hexadecimal(&rest, 4)) { bytes += String(scalar).utf8 }
      default: bytes.append(kind)
      }
    }
    return bytes
  }

  private static func hexadecimal(_ rest: inout ArraySlice<UInt8>, _ count: Int) -> UInt32 {
    let digits = rest.prefix(count)
    rest = rest.dropFirst(count)
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0
  }
}
