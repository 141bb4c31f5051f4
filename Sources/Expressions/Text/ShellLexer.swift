/// Reads POSIX shell text just far enough to know how each reference is quoted. Where shells disagree, or where no
/// quoting can make a value safe, it reports a problem: a command that it does not understand is never guessed at.
struct ShellLexer {
  let bytes: [UInt8]
  var position = 0
  private(set) var parts: [ShellTemplate.Part] = []
  private(set) var problems: [TemplateProblem] = []
  private var literal: [UInt8] = []
  private var depth = 0
  var lastWord = 0
  /// Takes the commands down as they pass by, for whoever wants to know them.
  var script: ShellScriptBuilder?

  private static let depthLimit = 40

  init(_ text: String) { bytes = Array(text.utf8) }

  /// Takes down the commands too.
  init(_ bytes: [UInt8], script: ShellScriptBuilder) {
    self.bytes = bytes
    self.script = script
  }

  mutating func lex() {
    commands(until: nil, references: .allowed)
    flush()
  }

  // MARK: Reading

  func byte(_ distance: Int = 0) -> UInt8? {
    bytes.indices.contains(position + distance) ? bytes[position + distance] : nil
  }

  func isNext(_ text: StaticString) -> Bool { bytes[position...].starts(with: text.description.utf8) }

  var isAtEnd: Bool { position >= bytes.count }

  /// Takes bytes over as shell text.
  mutating func copy(_ count: Int = 1) {
    let end = min(position + count, bytes.count)
    literal += bytes[position..<end]
    position = end
  }

  mutating func copyLine() {
    while let byte = byte(), byte != UInt8(ascii: "\n") { copy() }
  }

  mutating func flush() {
    if !literal.isEmpty { parts.append(.text(String(decoding: literal, as: UTF8.self))) }
    literal = []
  }

  mutating func report(_ message: String, at range: Range<Int>, help: String?) {
    problems.append(TemplateProblem(message, at: range, help: help))
  }

  mutating func append(_ use: ShellTemplate.Use) {
    flush()
    parts.append(.reference(use))
  }

  /// Runs `body` one level deeper, or gives the rest of the text up.
  mutating func nested(_ body: (inout ShellLexer) -> Void) {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else {
      if !isAtEnd {
        report("the command is nested too deeply", at: position..<position + 1, help: "put it into a script")
      }
      position = bytes.count
      return
    }
    body(&self)
  }

  // MARK: Dollars

  /// Why a reference cannot stand at a place, or that it can.
  enum References {
    case allowed
    case refused(message: String, help: String)
  }

  /// At a `$`: takes over what begins there. `place` makes a use of a reference.
  mutating func dollar(_ references: References, _ place: (Reference, Range<Int>) -> ShellTemplate.Use) {
    switch DollarForm.at(position, in: bytes) {
    case .escapedBrace:
      let start = position
      parameterExpansion()
      script?.variable(written: bytes[start..<position])
    case .broken(let problem, let range):
      problems.append(problem)
      position = range.upperBound
    case .reference(let reference, let range):
      switch references {
      case .allowed:
        append(place(reference, range))
        script?.piece(.reference(reference), written: bytes[range])
      case .refused(let message, let help): report(message, at: range, help: help)
      }
      position = range.upperBound
    case .plain:
      let start = position
      if isNext("$((") {
        arithmetic()
        script?.piece(.arithmetic, written: bytes[start..<position])
      } else if isNext("$(") {
        copy(2)
        nested { $0.commands(until: start, references: references) }
        script?.piece(.output, written: bytes[start..<position])
      } else {
        shellVariable()
        if position > start + 1 {
          script?.variable(written: bytes[start..<position])
        } else {
          script?.text(bytes[start..<position], isQuoted: false)
        }
      }
    }
  }

  /// `$name`, `$1`, `$@` and their like, or a dollar that is only a dollar.
  private mutating func shellVariable() {
    copy()
    guard let first = byte() else { return }
    if !isNameStart(first) {
      if isDigit(first) || "@*#?$!-".utf8.contains(first) { copy() }
      return
    }
    while let next = byte(), isNameStart(next) || isDigit(next) { copy() }
  }

  /// Takes bytes over up to an end that `isEnd` finds, refusing references on the way.
  mutating func refuseReferences(
    _ message: String, help: String, escapes: Bool, from start: Int, what: String,
    isEnd: (ShellLexer) -> Bool
  ) {
    while !isAtEnd {
      if isEnd(self) { return }
      if byte() == UInt8(ascii: "$"), case .reference(_, let range) = DollarForm.at(position, in: bytes) {
        report(message, at: range, help: help)
        position = range.upperBound
      } else if byte() == UInt8(ascii: "$"), case .escapedBrace = DollarForm.at(position, in: bytes) {
        position += 1
        copy(2)
      } else {
        copy(escapes && byte() == UInt8(ascii: "\\") ? 2 : 1)
      }
    }
    if isEnd(self) { return }
    report("\(what) is never closed", at: start..<start + 1, help: "close it")
  }

  /// `$${name…}`: an expansion of the shell's own. Quoting inside one depends on what is around it.
  private mutating func parameterExpansion() {
    let start = position
    position += 1
    copy(2)
    var braces = 1
    while !isAtEnd, braces > 0 {
      switch byte() {
      case UInt8(ascii: "{"): braces += 1
      case UInt8(ascii: "}"): braces -= 1
      case UInt8(ascii: "\\"): copy()
      case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
        report(
          "quotes inside an expansion mean different things to different shells", at: position..<position + 1,
          help: "assign the default first: name=…; then use \"$name\"")
        // Where the expansion ends is not known either.
        position = bytes.count
        return
      case UInt8(ascii: "$"):
        switch DollarForm.at(position, in: bytes) {
        case .escapedBrace:
          position += 1
          copy()
          continue
        case .reference(_, let range), .broken(_, let range):
          report(
            "a reference cannot stand inside an expansion of the shell", at: range,
            help: "assign it first: name=${…}; then use \"$name\"")
          position = range.upperBound
          continue
        case .plain: break
        }
      default: break
      }
      copy()
    }
    if braces > 0 { report("this expansion is never closed", at: start..<start + 3, help: "add '}'") }
  }

  private mutating func arithmetic() {
    let start = position
    copy(3)
    var parentheses = 2
    while !isAtEnd, parentheses > 0 {
      switch byte() {
      case UInt8(ascii: "("): parentheses += 1
      case UInt8(ascii: ")"): parentheses -= 1
      case UInt8(ascii: "\\"): copy()
      case UInt8(ascii: "$"):
        if case .reference(_, let range) = DollarForm.at(position, in: bytes) {
          report(
            "a reference cannot stand in shell arithmetic, where its value would be evaluated", at: range,
            help: "assign it first: name=${…}; then use $((name + 1))")
          position = range.upperBound
          continue
        }
        if case .escapedBrace = DollarForm.at(position, in: bytes) {
          parameterExpansion()
          continue
        }
      default: break
      }
      copy()
    }
    if parentheses > 0 { report("'$((' is never closed", at: start..<start + 3, help: "add '))'") }
  }

  mutating func backticks() {
    let start = position
    copy()
    refuseReferences(
      "a reference cannot stand in backticks", help: "write $(…) instead of `…`", escapes: true, from: start,
      what: "this backtick"
    ) { $0.byte() == UInt8(ascii: "`") }
    copy()
    script?.backticks(bytes[start..<position], at: start)
  }
}
