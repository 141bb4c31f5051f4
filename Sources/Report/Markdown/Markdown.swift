/// Pieces of GitHub's Markdown in which no text can become markup, a mention or a link. Text goes in as words, as a
/// code span, as a fenced block, or escaped into a block of HTML, in which Markdown has no meaning.
enum Markdown {
  /// Prose. Words made of letters, digits and the end of a sentence stay as they are; every other one (a path, an
  /// address, `@name`, `#1`, anything with markup in it) becomes a code span, in which nothing has a meaning.
  static func words(_ text: String) -> String { words(text, code) }

  /// The same inside a block of HTML, as a table or a summary is.
  static func htmlWords(_ text: String) -> String { words(text, htmlCode) }

  private static func words(_ text: String, _ code: (String) -> String) -> String {
    visible(text).split(separator: " ").enumerated().map { index, word in
      isPlain(word, first: index == 0) ? String(word) : code(String(word))
    }.joined(separator: " ")
  }

  /// A text to be read exactly, between more backticks than it has in a row.
  static func code(_ text: String) -> String {
    let body = visible(text)
    guard !body.isEmpty else { return "" }
    let fence = String(repeating: "`", count: longestRun(of: "`", in: body) + 1)
    let pad = ["`", " "].contains { body.hasPrefix($0) || body.hasSuffix($0) } ? " " : ""
    return fence + pad + body + pad + fence
  }

  static func htmlCode(_ text: String) -> String { HTML.element("code", "", HTML.text(text)) }

  /// Lines to be read exactly.
  static func block(_ lines: [String], _ language: String) -> String {
    let body = lines.map(visible)
    let run = body.map { longestRun(of: "`", in: $0) }.max() ?? 0
    let fence = String(repeating: "`", count: max(3, run + 1))
    return "\(fence)\(language)\n" + body.map { "\($0)\n" }.joined() + "\(fence)\n"
  }

  /// A table, whose cells are HTML already: a pipe in a cell of Markdown's own tables could end it.
  static func table(_ head: [String], _ rows: [[String]]) -> String {
    func row(_ cells: [String], _ name: String) -> String {
      "<tr>" + cells.map { HTML.element(name, "", $0) }.joined() + "</tr>\n"
    }
    let body = rows.map { row($0, "td") }.joined()
    return "<table>\n\(head.isEmpty ? "" : row(head, "th"))\(body)</table>\n"
  }

  /// Something to open; the summary is HTML already, the body Markdown.
  static func details(_ summary: String, isOpen: Bool, _ body: String) -> String {
    "<details\(isOpen ? " open" : "")>\n<summary>\(summary)</summary>\n\n\(body)\n</details>\n"
  }

  private static func isPlain(_ word: Substring, first isFirst: Bool) -> Bool {
    let opening: Set<Character> = ["(", "\"", "'"]
    let closing: Set<Character> = [",", ".", ";", ":", "!", "?", ")", "\"", "'"]
    let body = word.drop(while: opening.contains)
    let core = body[..<(body.lastIndex { !closing.contains($0) }.map(body.index(after:)) ?? body.startIndex)]
    guard let first = core.first, first != "-",
      core.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "'" })
    else { return false }
    // What looks like a hash would be linked to a commit, and a line that begins `1.` or `1)` would be a list.
    let isHash = core.count >= 7 && core.allSatisfy(\.isHexDigit)
    return !isHash && !(isFirst && first.isNumber && body.count != core.count)
  }

  private static func longestRun(of character: Character, in text: String) -> Int {
    var (longest, run) = (0, 0)
    for next in text {
      run = next == character ? run + 1 : 0
      longest = max(longest, run)
    }
    return longest
  }
}
