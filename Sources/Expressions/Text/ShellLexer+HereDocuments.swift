/// A here-document that a command announced and whose text follows on the next line.
struct HereDocument {
  var delimiter: String
  var range: Range<Int>
  /// A quoted delimiter: the shell expands nothing in the text.
  var isQuoted: Bool
  /// `<<-`: tabs at the beginning of lines are dropped.
  var stripsTabs: Bool
}

extension ShellLexer {
  /// At `<` or `>`: takes the operator over and says what the next word is.
  mutating func redirection(_ word: inout ShellWord, _ documents: inout [HereDocument]) {
    if isNext("<<"), !isNext("<<<") {
      let start = position
      let stripsTabs = isNext("<<-")
      script?.redirect("<<", at: start)
      script?.announceDocument()
      copy(stripsTabs ? 3 : 2)
      if let document = delimiter(from: start, stripsTabs: stripsTabs) { documents.append(document) }
      return
    }
    let start = position
    let duplicates = isNext("<&") || isNext(">&")
    if isNext("<<<") {
      copy(3)
    } else {
      copy(duplicates || isNext(">>") || isNext(">|") || isNext("<>") ? 2 : 1)
    }
    if byte() == UInt8(ascii: "(") { return }
    script?.redirect(String(decoding: bytes[start..<position], as: UTF8.self), at: start)
    while byte() == UInt8(ascii: " ") || byte() == UInt8(ascii: "\t") { copy() }
    // `>&-` closes: there a value with a dash does mean something.
    word.isRedirectionTarget = !duplicates
  }

  private mutating func delimiter(from start: Int, stripsTabs: Bool) -> HereDocument? {
    while byte() == UInt8(ascii: " ") || byte() == UInt8(ascii: "\t") { copy() }
    var text: [UInt8] = []
    var isQuoted = false
    var quote: UInt8?
    let ends = Set(" \t\n;&|()<>".utf8)
    while let next = byte() {
      if quote == nil, ends.contains(next) { break }
      switch next {
      case quote: quote = nil
      case UInt8(ascii: "'") where quote == nil, UInt8(ascii: "\"") where quote == nil:
        quote = next
        isQuoted = true
      case UInt8(ascii: "\\") where quote != UInt8(ascii: "'"):
        isQuoted = true
        copy()
        if let escaped = byte() { text.append(escaped) }
      case UInt8(ascii: "$"), UInt8(ascii: "`"):
        report(
          "the delimiter of a here-document is read as it is written", at: start..<position + 1,
          help: "write a plain word such as EOF")
        copyLine()
        return nil
      case UInt8(ascii: "\n"): return unusableDelimiter(from: start)
      default: text.append(next)
      }
      copy()
    }
    let delimiter = String(decoding: text, as: UTF8.self)
    guard !delimiter.isEmpty, quote == nil else { return unusableDelimiter(from: start) }
    return HereDocument(
      delimiter: delimiter, range: start..<position, isQuoted: isQuoted, stripsTabs: stripsTabs)
  }

  private mutating func unusableDelimiter(from start: Int) -> HereDocument? {
    report("this here-document has no delimiter", at: start..<position, help: "write <<EOF")
    return nil
  }

  /// At the first line behind the command: takes the text over, with its last line.
  mutating func body(of document: HereDocument) {
    let start = position
    while !isAtEnd {
      let line = bytes[position...].prefix { $0 != UInt8(ascii: "\n") }
      let stripped = document.stripsTabs ? line.drop { $0 == UInt8(ascii: "\t") } : line
      if stripped.elementsEqual(document.delimiter.utf8) {
        script?.document(bytes[start..<position])
        copy(line.count + 1)
        return
      }
      if document.isQuoted { quotedLine() } else { expandedLine(of: document) }
      copy()
    }
    report(
      "this here-document is never closed", at: document.range,
      help: "put `\(document.delimiter)` alone on a line below it")
  }

  private mutating func quotedLine() {
    let start = position
    refuseReferences(
      "a reference in a here-document with a quoted delimiter stays as it is written",
      help: "write the delimiter without quotes", escapes: false, from: start, what: "this line"
    ) { $0.byte() == UInt8(ascii: "\n") || $0.isAtEnd }
  }

  /// Behind a backslash at the end of a line: the next one goes on with it, so it is not the last.
  private mutating func refuseContinuedDelimiter(of document: HereDocument) {
    let line = bytes[position...].prefix { $0 != UInt8(ascii: "\n") }.drop { $0 == UInt8(ascii: "\t") }
    guard line.elementsEqual(document.delimiter.utf8) else { return }
    report(
      "shells disagree on whether this line ends the here-document", at: position..<position + 1,
      help: "remove the backslash at the end of the line above")
  }

  private mutating func expandedLine(of document: HereDocument) {
    while let next = byte(), next != UInt8(ascii: "\n") {
      switch next {
      case UInt8(ascii: "\\"):
        if refuseBackslashedReference() { continue }
        copy(2)
        if byte(-1) == UInt8(ascii: "\n") { refuseContinuedDelimiter(of: document) }
      case UInt8(ascii: "`"): backticks()
      case UInt8(ascii: "$") where isNext("$(") && !isNext("$(("):
        let start = position
        copy(2)
        nested {
          $0.commands(
            until: start,
            references: .refused(
              message: "a reference cannot stand in a command inside a here-document",
              help: "assign it before: name=${…}; then use \"$name\""))
        }
      case UInt8(ascii: "$"):
        lastWord += 1
        let number = lastWord
        dollar(.allowed) { (reference, range) in
          ShellTemplate.Use(
            reference: reference, context: .hereDocument, offset: range.lowerBound, length: range.count,
            word: number, quotesLetters: true, quotesDigits: true)
        }
      default: copy()
      }
    }
  }
}
