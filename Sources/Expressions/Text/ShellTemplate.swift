/// A shell command with references, each of which reaches the shell as data and as one word, whatever it holds.
package struct ShellTemplate: Hashable, Sendable {
  package enum Part: Hashable, Sendable {
    /// Shell text, given to the shell as it is.
    case text(String)
    case reference(Use)
  }

  /// One reference and what surrounds it.
  package struct Use: Hashable, Sendable {
    package var reference: Reference
    package var context: QuoteContext
    package var offset: Int
    package var length: Int
    /// The word it stands in, counted through the command; a reference may follow another in one word.
    var word: Int
    /// Whether letters alone, or digits alone, could mean something to the shell here: `if`, `2>file`.
    var quotesLetters: Bool
    var quotesDigits: Bool
  }

  package enum QuoteContext: Hashable, Sendable {
    /// `startsWord`: nothing that is surely not empty stands before it in its word.
    case bare(startsWord: Bool, afterDoubleDash: Bool)
    case doubleQuoted(startsWord: Bool, afterDoubleDash: Bool)
    case hereDocument
  }

  package let parts: [Part]

  package var references: [Reference] {
    parts.compactMap { if case .reference(let use) = $0 { use.reference } else { nil } }
  }

  package static func parse(_ text: String) -> (template: ShellTemplate, problems: [TemplateProblem]) {
    var lexer = ShellLexer(text)
    lexer.lex()
    return (ShellTemplate(parts: lexer.parts), lexer.problems)
  }

  /// Why a value cannot stand where its reference stands.
  package struct RenderError: Error, Hashable, Sendable {
    package var message: String
    package var help: String
    package var reference: Reference
    package var offset: Int
    package var length: Int

    init(_ message: String, help: String, for use: Use) {
      self.message = message
      self.help = help
      self.reference = use.reference
      self.offset = use.offset
      self.length = use.length
    }
  }

  /// The command with every reference replaced; throws `RenderError`, or what `value` throws.
  package func render(_ value: (Reference) throws -> String) throws -> String {
    try assemble { try value($0) }
  }

  /// The command as far as it is known: values that come later stand as `${path}`.
  package func display(_ value: (Reference) -> String?) throws -> String { try assemble(value) }

  private func assemble(_ value: (Reference) throws -> String?) throws -> String {
    var result = ""
    var lastWord: (number: Int, isEmpty: Bool)?
    for part in parts {
      switch part {
      case .text(let text): result += text
      case .reference(let use):
        guard let text = try value(use.reference) else {
          result += "${\(use.reference.text)}"
          lastWord = (use.word, false)
          continue
        }
        let isFirst = lastWord.map { $0.number != use.word || $0.isEmpty } ?? true
        result += try use.rendered(text, isFirst: isFirst)
        lastWord = (use.word, isFirst && text.isEmpty)
      }
    }
    return result
  }
}

extension ShellTemplate.Use {
  fileprivate func rendered(_ value: String, isFirst: Bool) throws(ShellTemplate.RenderError) -> String {
    if value.utf8.contains(0) {
      throw .init(
        "the value of ${\(reference.text)} holds a NUL byte, which no command line can carry",
        help: "a file can: write the value with a `file:` act", for: self)
    }
    switch context {
    case .bare(let startsWord, let afterDoubleDash):
      if isFirst { try refuseOption(value, startsWord, afterDoubleDash) }
      return mayStandBare(value) ? value : shellQuoted(value)
    case .doubleQuoted(let startsWord, let afterDoubleDash):
      if isFirst { try refuseOption(value, startsWord, afterDoubleDash) }
      return escaped(value, Self.specialInDoubleQuotes)
    case .hereDocument:
      // `${IFS+}` is always empty. With one in each line no line can be the delimiter, and no tab is the first.
      let lines = value.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      return lines.map { "${IFS+}" + escaped(String($0), Self.specialInHereDocument) }
        .joined(separator: "\n")
    }
  }

  private static let specialInDoubleQuotes = Set("\\$`\"".utf8)
  private static let specialInHereDocument = Set("\\$`".utf8)

  private func refuseOption(
    _ value: String, _ startsWord: Bool, _ afterDoubleDash: Bool
  ) throws(ShellTemplate.RenderError) {
    guard startsWord, !afterDoubleDash, value.utf8.first == UInt8(ascii: "-") else { return }
    throw .init(
      "the value of ${\(reference.text)} begins with a dash and would be read as an option",
      help: "put `--` before it (`rm -- ${\(reference.text)}`) or attach it (`--name=${\(reference.text)}`)",
      for: self)
  }

  /// Values made of harmless characters stay readable in a plan.
  private func mayStandBare(_ value: String) -> Bool {
    var letters = false
    var digits = false
    var others = false
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): letters = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits = true
      case UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: ":"),
        UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "-"):
        others = true
      default: return false
      }
    }
    if others || (letters && digits) { return true }
    if letters { return !quotesLetters }
    return digits && !quotesDigits
  }
}

private func escaped(_ text: String, _ special: Set<UInt8>) -> String {
  var bytes: [UInt8] = []
  for byte in text.utf8 {
    if special.contains(byte) { bytes.append(UInt8(ascii: "\\")) }
    bytes.append(byte)
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// The text as one word of any POSIX shell.
package func shellQuoted(_ text: String) -> String {
  var bytes: [UInt8] = [UInt8(ascii: "'")]
  for byte in text.utf8 {
    if byte == UInt8(ascii: "'") { bytes += "'\\''".utf8 } else { bytes.append(byte) }
  }
  bytes.append(UInt8(ascii: "'"))
  return String(decoding: bytes, as: UTF8.self)
}
