import Model
import Loading
import Platform

/// A page of the documentation, with what tests want of it.
struct DocPage: Sendable {
  let name: String
  let text: String
  let blocks: [DocBlock]
  /// `## Inputs` as its level and its text.
  let headings: [(level: Int, title: String)]

  static let root = Path.normalized("../../..", from: #filePath)

  init(_ name: String) throws {
    self.name = name
    text = try readTextFile(Path.join(Self.root, name)).text
    var blocks: [DocBlock] = []
    var headings: [(level: Int, title: String)] = []
    var open: DocBlock?
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.hasPrefix("```") {
        if let block = open {
          blocks.append(block)
          open = nil
        } else {
          let words = line.drop { $0 == "`" }.split(separator: " ").map(String.init)
          open = DocBlock(page: name, line: index + 2, words: words, lines: [])
        }
      } else if open != nil {
        open?.lines.append(String(line))
      } else if line.hasPrefix("#") {
        let level = line.prefix { $0 == "#" }.count
        headings.append((level, String(line.dropFirst(level + 1))))
      }
    }
    self.blocks = blocks
    self.headings = headings
  }

  /// Outside of fences, the text of every `code span`.
  var codeSpans: [String] {
    var spans: [String] = []
    var isFenced = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isFenced.toggle()
      } else if !isFenced {
        spans += Self.codeSpans(of: line)
      }
    }
    return spans
  }

  /// A pipe in a table's cell is written `\|`.
  static func codeSpans(of line: some StringProtocol) -> [String] {
    let parts = line.split(separator: "`", omittingEmptySubsequences: false)
    return stride(from: 1, to: parts.count, by: 2).map { String(parts[$0]).replacing("\\|", with: "|") }
  }
}

/// A fenced block of a page.
struct DocBlock: Sendable, CustomStringConvertible {
  let page: String
  /// That of its first line, from 1.
  let line: Int
  /// Those behind the opening fence; the first is the language that colours it.
  let words: [String]
  var lines: [String]

  var text: String { lines.map { $0 + "\n" }.joined() }
  var description: String { "\(page):\(line) (\(words.joined(separator: " ")))" }
  /// The word behind the language: what kind of example it is.
  var kind: String { words.dropFirst().first ?? "" }
  var arguments: [String] { Array(words.dropFirst(2)) }
}
