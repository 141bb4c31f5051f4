/// The parts of a word in quotes.
extension ShellLexer {
  mutating func singleQuotes(_ word: inout ShellWord) {
    let start = position
    copy()
    let inside = position
    refuseReferences(
      "a reference inside single quotes stays as it is written",
      help: "close the quote around it: '…'${…}'…'", escapes: false, from: start, what: "this quote"
    ) { $0.byte() == UInt8(ascii: "'") }
    if position > inside { word.mayBeEmpty = false }
    script?.text(bytes[inside..<position], isQuoted: true)
    script?.quotes(false)
    word.hasPunctuation = true
    if let text = word.literal {
      word.literal = text + String(decoding: bytes[inside..<position], as: UTF8.self)
    }
    copy()
  }

  /// `$'…'` is a quote of its own in bash and a dollar before a plain quote in a POSIX shell.
  mutating func dollarQuotes(_ word: inout ShellWord) {
    let start = position
    copy(2)
    refuseReferences(
      "a reference cannot stand inside $'…'", help: "close the quote around it: $'…'${…}$'…'", escapes: false,
      from: start, what: "this quote"
    ) { $0.byte() == UInt8(ascii: "'") }
    if byte(-1) == UInt8(ascii: "\\") {
      report(
        "shells disagree on where this $'…' ends", at: start..<position,
        help: "write the quote as '\\'' instead of \\'")
    }
    script?.text(bytes[min(start + 2, position)..<position], isQuoted: true)
    copy()
    word.literal = nil
    word.mayBeEmpty = false
  }

  mutating func doubleQuotes(
    _ word: inout ShellWord, _ command: CommandState, _ references: References
  ) {
    let start = position
    copy()
    word.hasPunctuation = true
    script?.quotes(true)
    while let next = byte() {
      switch next {
      case UInt8(ascii: "\""):
        script?.quotes(false)
        copy()
        return
      case UInt8(ascii: "\\"):
        if refuseBackslashedReference() { continue }
        if byte(1) != UInt8(ascii: "\n") { character(next, &word) }
        let escaped = byte(1)
        script?.escapeInQuotes(escaped)
        word.literal = nil
        copy(2)
      case UInt8(ascii: "`"):
        word.literal = nil
        backticks()
      case UInt8(ascii: "$"):
        let state = word
        dollar(allowed(references, command, state)) { (reference, range) in
          Self.use(reference, range, state, command, quoted: true, follower: nil)
        }
        word.literal = nil
      default:
        character(next, &word)
        script?.text(CollectionOfOne(next), isQuoted: true)
        copy()
      }
    }
    report("this quote is never closed", at: start..<start + 1, help: "add '\"'")
  }

  /// A backslash would make the shell take the value's quoting for text.
  mutating func refuseBackslashedReference() -> Bool {
    guard byte(1) == UInt8(ascii: "$"), case .reference(_, let range) = DollarForm.at(position + 1, in: bytes)
    else { return false }
    report(
      "a backslash before a reference changes how the shell reads its value", at: position..<range.upperBound,
      help: "write `$${` for a literal `${`, or remove the backslash")
    position = range.upperBound
    return true
  }
}
