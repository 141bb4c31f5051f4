/// Puts commands together from what the lexer passes by.
struct ShellScriptBuilder: Sendable {
  private struct OpenWord: Sendable {
    var pieces: [ShellCommand.Piece] = []
    var start: Int
    /// A quote was seen: even with nothing in it, it is a word.
    var isQuoted = false
    var literal: [UInt8] = []
    var literalIsQuoted = false
    /// The word as the shell sees it, expansions as written.
    var text: [UInt8] = []
  }

  /// What a keyword opened and another one closes.
  private enum Compound: Sendable {
    case loop(ShellCommand.Loop)
    case branch(isCondition: Bool)
    case choice(inPattern: Bool)
    case group
  }

  private struct Separator: Sendable {
    var byte: UInt8
    var offset: Int
    var closedCommand: Bool
  }

  /// One level of `$(…)`.
  private struct Frame: Sendable {
    var commands: [ShellCommand] = []
    var current = ShellCommand()
    var word: OpenWord?
    var inQuotes = false
    var redirection: (descriptor: Int?, operation: String)?
    var compounds: [Compound] = []
    var pipes = false
    var separator: Separator?
  }

  let origin: [Int]?
  private(set) var commands: [ShellCommand] = []
  private(set) var comments: [ShellScript.Comment] = []
  private var frame = Frame()
  private var outerFrames: [Frame] = []

  init(origin: [Int]?) { self.origin = origin }

  private func place(_ offset: Int) -> Int {
    guard let origin else { return offset }
    return origin.indices.contains(offset) ? origin[offset] : (origin.last ?? -1) + 1
  }

  // MARK: Levels

  mutating func enter() {
    outerFrames.append(frame)
    frame = Frame()
  }

  mutating func leave() {
    close(.end)
    let done = frame.commands
    frame = outerFrames.popLast() ?? Frame()
    if outerFrames.isEmpty {
      commands = done
    } else if frame.word != nil || frame.commands.isEmpty {
      frame.current.inner += done
    } else {
      // In a here-document, below the line of its command.
      frame.commands[frame.commands.count - 1].inner += done
    }
  }

  // MARK: Words

  mutating func openWord(at offset: Int) {
    if frame.word == nil { frame.word = OpenWord(start: offset) }
  }

  mutating func text(_ bytes: some Collection<UInt8>, isQuoted: Bool) {
    guard frame.word != nil else { return }
    if frame.word?.literalIsQuoted != isQuoted { flush() }
    frame.word?.literalIsQuoted = isQuoted
    if isQuoted { frame.word?.isQuoted = true }
    frame.word?.literal += bytes
    frame.word?.text += bytes
  }

  mutating func quotes(_ areOpen: Bool) {
    frame.inQuotes = areOpen
    frame.word?.isQuoted = true
  }

  /// Behind a backslash in double quotes, which stays where it has nothing to protect.
  mutating func escapeInQuotes(_ next: UInt8?) {
    guard let next, next != UInt8(ascii: "\n") else { return }
    let isProtected = Set("\\\"$`".utf8).contains(next)
    text(isProtected ? [next] : [UInt8(ascii: "\\"), next], isQuoted: true)
  }

  mutating func piece(_ kind: ShellCommand.Piece.Kind, written: ArraySlice<UInt8>) {
    guard frame.word != nil else { return }
    flush()
    let isQuoted = frame.inQuotes
    frame.word?.pieces.append(.init(kind: kind, isQuoted: isQuoted))
    frame.word?.text += written
  }

  /// Commands between backticks, read as those in `$(…)` are.
  mutating func backticks(_ written: ArraySlice<UInt8>, at offset: Int) {
    let inside = written.dropFirst().prefix { $0 != UInt8(ascii: "`") }
    let nested = ShellScript(Array(inside), origin: (0..<inside.count).map { place(offset + 1 + $0) })
    piece(.output, written: written)
    frame.current.inner += nested.commands
  }

  /// `$name`, or `$${name…}` with what its operator does about a name that is not set.
  mutating func variable(written: ArraySlice<UInt8>) {
    let rest = written.drop { $0 == UInt8(ascii: "$") || $0 == UInt8(ascii: "{") }
    let name = rest.prefix { isNameStart($0) || isDigit($0) }
    let operation = rest.dropFirst(name.count)
    let isGuarded =
      operation.starts(with: ":?".utf8)
      || (operation.starts(with: ":-".utf8) && operation.dropFirst(2).first != UInt8(ascii: "}"))
    piece(.variable(name: String(decoding: name, as: UTF8.self), isGuarded: isGuarded), written: written)
  }

  private mutating func flush() {
    guard let word = frame.word, !word.literal.isEmpty else { return }
    let text = String(decoding: word.literal, as: UTF8.self)
    frame.word?.pieces.append(.init(kind: .text(text), isQuoted: word.literalIsQuoted))
    frame.word?.literal = []
  }

  mutating func closeWord(at end: Int) {
    flush()
    guard let open = frame.word else { return }
    frame.word = nil
    guard !open.pieces.isEmpty || open.isQuoted else { return }
    let word = ShellCommand.Word(
      pieces: open.pieces, text: String(decoding: open.text, as: UTF8.self),
      range: place(open.start)..<max(place(open.start), place(end - 1) + 1), rawRange: open.start..<end)
    take(word)
  }

  private mutating func take(_ word: ShellCommand.Word) {
    if let redirection = frame.redirection {
      frame.redirection = nil
      frame.current.redirections.append(
        .init(descriptor: redirection.descriptor, operation: redirection.operation, target: word))
      return
    }
    if case .choice(inPattern: true)? = frame.compounds.last {
      if word.isPlain, word.text == "esac" { frame.compounds.removeLast() }
      return
    }
    if frame.current.words.isEmpty {
      if word.isPlain, frame.current.assignments.isEmpty, keyword(word) { return }
      if let assignment = assignment(word) { return frame.current.assignments.append(assignment) }
    }
    frame.current.words.append(word)
    let words = frame.current.words
    if words.count == 3, words[0].text == "case", words[2].text == "in" {
      close(.end)
      frame.compounds.append(.choice(inPattern: true))
    }
  }

  private func assignment(_ word: ShellCommand.Word) -> ShellCommand.Assignment? {
    guard let first = word.pieces.first, !first.isQuoted, case .text(let text) = first.kind,
      let equals = text.utf8.firstIndex(of: UInt8(ascii: "="))
    else { return nil }
    let name = text.utf8[..<equals]
    guard let start = name.first, isNameStart(start), name.allSatisfy({ isNameStart($0) || isDigit($0) })
    else { return nil }
    var value = word
    let skipped = name.count + 1
    let rest = String(text.utf8.dropFirst(skipped)) ?? ""
    value.pieces[0].kind = .text(rest)
    if rest.isEmpty { value.pieces.removeFirst() }
    value.text = String(word.text.utf8.dropFirst(skipped)) ?? ""
    value.range = min(word.range.lowerBound + skipped, word.range.upperBound)..<word.range.upperBound
    value.rawRange =
      min(word.rawRange.lowerBound + skipped, word.rawRange.upperBound)..<word.rawRange.upperBound
    return .init(name: String(name) ?? "", value: value)
  }

  // MARK: Compound commands

  /// Whether the word is a keyword that is no part of a command.
  private mutating func keyword(_ word: ShellCommand.Word) -> Bool {
    switch word.text {
    case "while", "until", "for", "select":
      frame.compounds.append(
        .loop(.init(keyword: word.text, offset: word.range.lowerBound, isCondition: word.text != "for")))
      return word.text == "while" || word.text == "until"
    case "do":
      if case .loop(var loop)? = frame.compounds.last {
        loop.isCondition = false
        frame.compounds[frame.compounds.count - 1] = .loop(loop)
      }
    case "done": closeCompound { if case .loop = $0 { true } else { false } }
    case "if": frame.compounds.append(.branch(isCondition: true))
    case "then", "else": setCondition(false)
    case "elif": setCondition(true)
    case "fi": closeCompound { if case .branch = $0 { true } else { false } }
    case "{": frame.compounds.append(.group)
    case "}": closeCompound { if case .group = $0 { true } else { false } }
    case "esac": closeCompound { if case .choice = $0 { true } else { false } }
    case "!": frame.current.isTested = true
    default: return false
    }
    return true
  }

  private mutating func setCondition(_ isCondition: Bool) {
    if case .branch? = frame.compounds.last {
      frame.compounds[frame.compounds.count - 1] = .branch(isCondition: isCondition)
    }
  }

  private mutating func closeCompound(_ matches: (Compound) -> Bool) {
    if let index = frame.compounds.lastIndex(where: matches) { frame.compounds.removeSubrange(index...) }
  }

  // MARK: Between commands

  mutating func separate(_ byte: UInt8, at offset: Int) {
    if let last = frame.separator, last.offset + 1 == offset, last.byte == byte, frame.current.isEmpty {
      frame.separator = nil
      return double(byte, closedCommand: last.closedCommand)
    }
    frame.redirection = nil
    if case .choice(inPattern: true)? = frame.compounds.last {
      if byte == UInt8(ascii: ")") { frame.compounds[frame.compounds.count - 1] = .choice(inPattern: false) }
      return
    }
    let isLine = byte == UInt8(ascii: "\n")
    if isLine, frame.current.isEmpty { return }
    let hadCommand = !frame.current.isEmpty
    switch byte {
    case UInt8(ascii: "|"): close(.pipe)
    case UInt8(ascii: "&"): close(.background)
    default: close(.end)
    }
    frame.separator = Separator(byte: byte, offset: offset, closedCommand: hadCommand)
  }

  /// `&&`, `||` or `;;`.
  private mutating func double(_ byte: UInt8, closedCommand: Bool) {
    frame.pipes = false
    if byte == UInt8(ascii: ";") {
      if case .choice? = frame.compounds.last {
        frame.compounds[frame.compounds.count - 1] = .choice(inPattern: true)
      }
      return
    }
    guard closedCommand, !frame.commands.isEmpty else { return }
    let link: ShellCommand.Link = byte == UInt8(ascii: "&") ? .and : .or
    frame.commands[frame.commands.count - 1].link = link
    frame.commands[frame.commands.count - 1].isTested = true
  }

  private mutating func close(_ link: ShellCommand.Link) {
    var command = frame.current
    let isEmpty = command.isEmpty
    frame.current = ShellCommand()
    let pipes = frame.pipes
    frame.pipes = link == .pipe
    guard !isEmpty else { return }
    command.link = link
    command.readsPipe = pipes
    for compound in frame.compounds {
      switch compound {
      case .loop(let loop): command.loops.append(loop)
      case .branch(isCondition: true): command.isTested = true
      case .branch, .choice, .group: break
      }
    }
    if command.loops.last?.isCondition == true { command.isTested = true }
    frame.commands.append(command)
  }

  // MARK: Redirections and comments

  mutating func redirect(_ operation: String, at offset: Int) {
    var descriptor: Int?
    if let last = frame.current.words.last, last.isPlain, last.rawRange.upperBound == offset,
      let number = Int(last.text)
    {
      descriptor = number
      frame.current.words.removeLast()
    }
    frame.redirection = (descriptor, operation)
  }

  /// A here-document was announced; its text follows below the line.
  mutating func announceDocument() {
    frame.redirection = nil
    frame.current.openDocuments += 1
  }

  mutating func document(_ text: ArraySlice<UInt8>) {
    guard let index = frame.commands.lastIndex(where: { $0.openDocuments > 0 }) else { return }
    frame.commands[index].openDocuments -= 1
    frame.commands[index].document =
      (frame.commands[index].document ?? "")
      + String(decoding: text, as: UTF8.self)
  }

  mutating func comment(_ text: ArraySlice<UInt8>, at offset: Int) {
    comments.append(.init(text: String(decoding: text, as: UTF8.self), offset: place(offset)))
  }
}
