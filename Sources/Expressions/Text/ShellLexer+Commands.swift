/// What is known of the simple command being read.
struct CommandState {
  /// Words of the command so far, not counting redirections and assignments before it.
  var wordCount = 0
  var seenDoubleDash = false
  var firstWord = ""
  var previousWord = ""
  var namesShell = false
  var isLoopHead: Bool { ["case", "for", "select"].contains(firstWord) }

  /// Whether the word at hand is a program for another shell.
  var nextWordIsCode: Bool {
    if firstWord == "eval" && wordCount > 0 { return true }
    let flag = previousWord.utf8
    return namesShell && flag.count > 1 && flag.first == UInt8(ascii: "-") && flag.last == UInt8(ascii: "c")
      && flag.dropFirst().allSatisfy { isNameStart($0) }
  }
}

/// What is known of the word being read.
struct ShellWord {
  var number = 0
  var isOpen = false
  /// The word's own text while it is made of literal characters only.
  var literal: String? = ""
  /// Nothing in it so far is surely there: `""` and `$x` may be empty.
  var mayBeEmpty = true
  var hasPunctuation = false
  var isRedirectionTarget = false
}

private let commandIntroducers: Set<String> = [
  "if", "then", "else", "elif", "do", "while", "until", "{", "!", "time", "fi", "done", "esac", "}",
]
private let shellNames: Set<String> = ["sh", "bash", "dash", "ash", "ksh", "zsh", "su", "runuser", "busybox"]

extension ShellLexer {
  /// Commands up to the end of the text, or to the `)` that closes the `$(` at `opening`.
  mutating func commands(until opening: Int?, references: References) {
    var command = CommandState()
    var word = ShellWord()
    var documents: [HereDocument] = []
    var parentheses = 0
    var openCases = 0
    script?.enter()
    defer { script?.leave() }
    while let next = byte() {
      switch next {
      case UInt8(ascii: " "), UInt8(ascii: "\t"):
        finish(&word, &command, &openCases)
        copy()
      case UInt8(ascii: "\n"):
        finish(&word, &command, &openCases)
        script?.separate(next, at: position)
        copy()
        command = CommandState()
        for document in documents { body(of: document) }
        documents = []
      case UInt8(ascii: "#") where !word.isOpen:
        let start = position
        refuseReferences(
          "a reference in a comment does nothing", help: "remove it, or write `$${` for the text itself",
          escapes: false, from: start, what: "this comment"
        ) { $0.isAtEnd || $0.byte() == UInt8(ascii: "\n") }
        script?.comment(bytes[start..<position], at: start)
      case UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"):
        finish(&word, &command, &openCases)
        script?.separate(next, at: position)
        copy()
        command = CommandState()
      case UInt8(ascii: "("):
        finish(&word, &command, &openCases)
        script?.separate(next, at: position)
        parentheses += 1
        copy()
        command = CommandState()
      case UInt8(ascii: ")"):
        finish(&word, &command, &openCases)
        let closing = position
        copy()
        if parentheses > 0 {
          parentheses -= 1
        } else if openCases == 0, opening != nil {
          refuseOpen(documents)
          return
        }
        script?.separate(next, at: closing)
        command = CommandState()
      case UInt8(ascii: "<"), UInt8(ascii: ">"):
        finish(&word, &command, &openCases)
        redirection(&word, &documents)
      default:
        piece(next, &word, command, references)
      }
    }
    finish(&word, &command, &openCases)
    refuseOpen(documents)
    if let opening {
      report("'$(' is never closed", at: opening..<opening + 2, help: "add ')'")
    }
  }

  private mutating func refuseOpen(_ documents: [HereDocument]) {
    for document in documents {
      report(
        "this here-document has no text", at: document.range,
        help: "put its lines and `\(document.delimiter)` below the command")
    }
  }

  /// A word ends: what it was tells what the next one is.
  private mutating func finish(_ word: inout ShellWord, _ command: inout CommandState, _ openCases: inout Int)
  {
    script?.closeWord(at: position)
    defer { word = ShellWord() }
    guard word.isOpen, !word.isRedirectionTarget else { return }
    let text = word.literal ?? ""
    if command.wordCount == 0 {
      if text == "case" { openCases += 1 }
      if text == "esac" { openCases = max(0, openCases - 1) }
      if commandIntroducers.contains(text) || isAssignment(text) { return }
      command.firstWord = text
    }
    if text == "--" { command.seenDoubleDash = true }
    let name = text.split(separator: "/").last.map(String.init) ?? ""
    if shellNames.contains(name) { command.namesShell = true }
    command.previousWord = text
    command.wordCount += 1
  }

  private func isAssignment(_ text: String) -> Bool {
    guard let first = text.utf8.first, isNameStart(first),
      let equals = text.utf8.firstIndex(of: UInt8(ascii: "="))
    else { return false }
    return text.utf8[..<equals].allSatisfy { isNameStart($0) || isDigit($0) }
  }

  /// One piece of a word: a quoted part, an expansion or a character.
  private mutating func piece(
    _ next: UInt8, _ word: inout ShellWord, _ command: CommandState, _ references: References
  ) {
    open(&word)
    switch next {
    case UInt8(ascii: "'"): singleQuotes(&word)
    case UInt8(ascii: "\""): doubleQuotes(&word, command, references)
    case UInt8(ascii: "`"):
      backticks()
      splitByExpansion(&word)
    case UInt8(ascii: "\\"):
      if refuseBackslashedReference() { return }
      if byte(1) == UInt8(ascii: "\n") { return copy(2) }
      copy()
      let escaped = byte() ?? UInt8(ascii: "\\")
      character(escaped, &word)
      script?.text(CollectionOfOne(escaped), isQuoted: true)
      word.hasPunctuation = true
      copy()
    case UInt8(ascii: "$") where isNext("$'"): dollarQuotes(&word)
    case UInt8(ascii: "$"):
      let state = word
      let follower = referenceFollower()
      dollar(allowed(references, command, state)) { (reference, range) in
        Self.use(reference, range, state, command, quoted: false, follower: follower)
      }
      if follower == nil { splitByExpansion(&word) }
      word.literal = nil
    default:
      character(next, &word)
      script?.text(CollectionOfOne(next), isQuoted: false)
      copy()
    }
  }

  /// What an unquoted expansion gives is split at spaces: what follows may begin a word of its own.
  private mutating func splitByExpansion(_ word: inout ShellWord) {
    word.literal = nil
    word.mayBeEmpty = true
    lastWord += 1
    word.number = lastWord
  }

  private mutating func open(_ word: inout ShellWord) {
    guard !word.isOpen else { return }
    script?.openWord(at: position)
    word.isOpen = true
    lastWord += 1
    word.number = lastWord
  }

  func character(_ byte: UInt8, _ word: inout ShellWord) {
    word.mayBeEmpty = false
    if byte < 0x80, let text = word.literal {
      word.literal = text + String(Unicode.Scalar(byte))
    } else {
      word.literal = nil
    }
    if !isDigit(byte) && (!isNameStart(byte) || byte == UInt8(ascii: "_")) { word.hasPunctuation = true }
  }

  /// The byte behind the reference at hand, a newline where nothing follows; nil when it is no reference.
  private func referenceFollower() -> UInt8? {
    guard case .reference(_, let range) = DollarForm.at(position, in: bytes) else { return nil }
    return bytes.indices.contains(range.upperBound) ? bytes[range.upperBound] : UInt8(ascii: "\n")
  }

  func allowed(
    _ references: References, _ command: CommandState, _ word: ShellWord
  ) -> References {
    guard command.nextWordIsCode, !word.isRedirectionTarget else { return references }
    return .refused(
      message: "this text is read by another shell, which would run what the value holds",
      help: "hand the value over as an argument: sh -c 'command \"$1\"' sh ${…}")
  }

  static func use(
    _ reference: Reference, _ range: Range<Int>, _ word: ShellWord, _ command: CommandState, quoted: Bool,
    follower: UInt8?
  ) -> ShellTemplate.Use {
    let caseOperand = command.isLoopHead && command.wordCount > 0
    let startsWord = word.mayBeEmpty && !word.isRedirectionTarget && !caseOperand
    let isArgument = command.wordCount > 0 && !command.isLoopHead || word.isRedirectionTarget
    let isBeforeRedirection = [UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "$")].contains(follower)
    return ShellTemplate.Use(
      reference: reference,
      context: quoted
        ? .doubleQuoted(startsWord: startsWord, afterDoubleDash: command.seenDoubleDash)
        : .bare(startsWord: startsWord, afterDoubleDash: command.seenDoubleDash),
      offset: range.lowerBound, length: range.count, word: word.number,
      quotesLetters: !isArgument && !word.hasPunctuation,
      quotesDigits: isBeforeRedirection && !word.hasPunctuation)
  }
}
