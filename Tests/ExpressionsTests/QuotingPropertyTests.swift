import Expressions
import Glibc
import TestSupport
import Testing

/// Guarantee 11 against the real shells: whatever a value holds, it arrives byte for byte as one argument.
@Suite struct QuotingPropertyTests {
  private static let valueCount = 21_000
  private static let valuesPerScript = 3_000

  /// Every place where a value may stand; each gives one argument.
  private static let arguments: [(written: String, expected: @Sendable (String) -> String)] = [
    ("${v}", { $0 }), ("\"${v}\"", { $0 }), ("a${v}b", { "a\($0)b" }), ("\"a ${v} b\"", { "a \($0) b" }),
    ("--name=${v}", { "--name=\($0)" }), ("'it'\"'\"'s '${v}", { "it's \($0)" }), ("${v}${v}", { $0 + $0 }),
    ("\"${v}\"x'y'", { "\($0)xy" }), ("$${unset-}${v}", { $0 }), ("\\$x${v}", { "$x\($0)" }),
    ("2${v}", { "2\($0)" }), ("i${v}", { "i\($0)" }),
  ]

  @Test func everyValueArrivesAsItIs() throws {
    let seed =
      unsafe UInt64(getenv("BELAY_TEST_SEED").flatMap { unsafe String(cString: $0) } ?? "") ?? 20_261_121
    var numbers = SeededRandom(seed: seed)
    let values = Self.values(&numbers)
    let shells = ["sh", "dash", "bash"].filter(isInstalled)
    let scratch = ScratchDirectory()
    for start in stride(from: 0, to: values.count, by: Self.valuesPerScript) {
      let batch = Array(values[start..<min(start + Self.valuesPerScript, values.count)])
      let (script, expected) = try Self.script(batch)
      _ = try scratch.write(Array(script.utf8), to: "script")
      for name in shells {
        let status = shell("cd '\(scratch.path)' && \(name) ./script >out 2>err </dev/null")
        let complaints = String(decoding: scratch.read("err").prefix(300), as: UTF8.self)
        #expect(status == 0 && complaints.isEmpty, "\(name), seed \(seed): \(complaints)")
        Self.compare(scratch.read("out"), with: Array(expected.utf8), "\(name), seed \(seed)")
      }
    }
    #expect(shell("test -e '\(scratch.path)/ran'") != 0, "a value was run")
  }

  private static func compare(_ actual: [UInt8], with expected: [UInt8], _ what: String) {
    guard actual != expected else { return }
    let place = zip(actual, expected).prefix { $0 == $1 }.count
    let context = String(decoding: expected.dropFirst(max(0, place - 60)).prefix(120), as: UTF8.self)
    Issue.record("\(what): differs at byte \(place), near \(context.debugDescription)")
  }

  private static func script(_ batch: [String]) throws -> (script: String, expected: String) {
    var script = "show() { printf '%s\\0' \"$#\" \"$@\"; }\n"
    var expected = ""
    let line = "show -- " + arguments.map(\.written).joined(separator: " ")
    let command = try template(line)
    let assignment = try template(
      "x=${v} y=\"${v}\"\nshow \"$x\" \"$y\"\ncase ${v} in \"$x\") show same;; esac")
    let nested = try template("show \"$(printf '%s.' x${v} \"$(printf -- '%s' \"${v}\"; printf .)\")\"")
    for (number, value) in batch.enumerated() {
      script += try command.render { _ in value } + "\n"
      expected += "\(arguments.count + 1)\0--\0" + arguments.map { $0.expected(value) + "\0" }.joined()
      script += try assignment.render { _ in value } + "\n"
      expected += "2\0\(value)\0\(value)\0" + "1\0same\0"
      if number % 30 == 0 {
        script += try nested.render { _ in value } + "\n"
        expected += "1\0x\(value).\(value)..\0"
      }
    }
    for dash in ["", "-"] {
      var document = "cat <<\(dash)EOF\n"
      for index in batch.indices {
        document += "E${v.\(index)}\n${v.\(index)}${v.\(index)}|\n${v.\(index)}\n"
      }
      script += try template(document + "EOF\n").render { batch[Int($0.path[1]) ?? 0] }
      expected += batch.map { "E\($0)\n\($0)\($0)|\n\($0)\n" }.joined()
    }
    return (script, expected)
  }

  private static func template(_ text: String) throws -> ShellTemplate {
    let (template, problems) = ShellTemplate.parse(text)
    if let first = problems.first { throw first }
    return template
  }

  private static let nastyPieces = [
    "$(touch ran)", "`touch ran`", "$x", "${x}", "${IFS+}", "$((1))", "$'", "$\"", "\\", "\\\\", "\\'",
    "\\\"",
    "'\\''", "\"", "'", "\n", "\nEOF\n", "\nEOF", "EOF", "\tEOF\n", "\n\n", "\r\n", ";touch ran;",
    "&touch ran&",
    "|touch ran", "\ntouch ran\n", ">ran", "<ran", "2>ran", "*", "?", "[a-z]", "~", "~root", "{a,b}", "!",
    "!!",
    "#", " # x", "-", "--", "-n", "-e", "=", "A=b", "PATH=", "if", "then", "fi", "}", "{", "(", ")", ";;",
    "esac",
    "%s", "%n", "\\n", "\\0", "\\c", "é", "e\u{301}", "🎉", "\u{202E}", "\u{FEFF}", "\u{FFFD}", "字", " ", "  ",
    "\t",
    "a", "word", "n1.example:2379", "/path/to", "0", "42", "\u{7F}", "\u{1B}[31m", "\u{1}", "\u{80}",
  ]

  private static func values(_ numbers: inout SeededRandom) -> [String] {
    var values = [""] + (1...127).map { String(Unicode.Scalar(UInt8($0))) } + nastyPieces
    values += nastyPieces.flatMap { [$0 + $0, "-" + $0, $0 + "-", " \($0) ", "\n\($0)", "\($0)\n"] }
    while values.count < valueCount {
      var value = ""
      for _ in 0...Int.random(in: 0..<6, using: &numbers) {
        if Bool.random(using: &numbers) {
          value += nastyPieces.randomElement(using: &numbers) ?? ""
        } else {
          value.unicodeScalars.append(Unicode.Scalar(UInt8.random(in: 1...127, using: &numbers)))
        }
      }
      values.append(value)
    }
    return values
  }
}
