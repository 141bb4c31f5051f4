import Journal
import Model
import Platform
import TestSupport
import Testing

/// The encoder copies what it can in one go. What comes out is what the format's rules say, character by character.
@Suite struct RecordBytesTests {
  let directory = ScratchDirectory()

  /// The description's words, as plainly as they can be put.
  private static func spelled(_ text: String) -> String {
    let parts = text.unicodeScalars.map { scalar -> String in
      switch scalar {
      case "\"", "\\": return "\\\(scalar)"
      case "\n": return "\\n"
      case "\t": return "\\t"
      case "\r": return "\\r"
      default: break
      }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        return scalar.utf16.map { unit in
          let digits = String(unit, radix: 16)
          return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
      default: return String(scalar)
      }
    }
    return "\"\(parts.joined())\""
  }

  private static let characters: [Unicode.Scalar] =
    (0...0x7F).compactMap { Unicode.Scalar($0) } + [
      "\u{80}", "\u{85}", "\u{9B}", "\u{AD}", "é", "ß", "\u{600}", "\u{7FF}", "\u{800}", "€", "\u{200B}",
      "\u{2028}",
      "\u{2029}", "\u{202E}", "\u{FEFF}", "\u{FFFD}", "\u{FFFF}", "𝄞", "🧗", "\u{1D173}", "\u{E0041}",
      "\u{10FFFF}",
    ]

  @Test(arguments: 0..<40 as Range<UInt64>)
  func textsAreSpelledAsTheFormatSays(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let texts = (0..<20).map { _ -> String in
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0..<30, using: &random) {
        // Mostly plain, so that there is something to copy between the others.
        let plain = Int.random(in: 0..<3, using: &random) > 0
        text.append(plain ? "x" : Self.characters[Int.random(in: 0..<Self.characters.count, using: &random)])
      }
      return String(text)
    }
    let path = directory.path(of: "\(seed)")
    let writer = try JournalWriter.create(path, binding: [:])
    for text in texts { try writer.append(JournalEntry(kind: "k", data: [text: .string(text)])) }
    let lines = Sample.lines(try readFile(path, limit: 1 << 20))
    for (text, line) in zip(texts, lines.dropFirst()) {
      let spelled = Self.spelled(text)
      let expected = Array("\"kind\":\"k\",\"data\":{\(spelled):\(spelled)},\"prev\":".utf8)
      #expect(line.firstRange(of: expected) != nil, "\(spelled)")
    }
    #expect(
      try JournalReader.read(path).records.dropFirst().map { $0.data } == texts.map { [$0: .string($0)] })
  }
}
