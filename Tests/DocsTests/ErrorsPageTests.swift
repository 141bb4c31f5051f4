import Loading
import Model
import Platform
import Testing

/// `docs/errors.md` is about every diagnostic but those of lint, which have a page of their own.
@Suite struct ErrorsPageTests {
  /// As they stand in the sources: the first text of a diagnostic.
  private static func codes(in folder: String) throws -> Set<String> {
    var codes: Set<String> = []
    let makers = [
      "problems.error(", "FileProblem(", "complain(", ".error,", ".warning,", "code:", "refuse(",
    ]
    for file in try sources(Path.join(DocPage.root, folder)) {
      let text = try readTextFile(file).text
      for maker in makers {
        for rest in text.split(separator: maker, omittingEmptySubsequences: false).dropFirst() {
          let begun = rest.drop { $0.isWhitespace }
          guard begun.first == "\"" else { continue }
          let code = begun.dropFirst().prefix { $0 != "\"" }
          let isCode =
            code.contains("-") || ["cycle", "query", "command", "selector", "duration"].contains(code)
          if isCode, code.allSatisfy({ $0.isLowercase || $0 == "-" }) { codes.insert(String(code)) }
        }
      }
    }
    return codes
  }

  private static func sources(_ folder: String) throws -> [String] {
    try listDirectory(folder).flatMap { name -> [String] in
      let path = Path.join(folder, name)
      if fileKind(path) == .directory { return try sources(path) }
      return name.hasSuffix(".swift") ? [path] : []
    }
  }

  @Test func everyIdentifierIsThere() throws {
    let page = try DocPage("docs/errors.md")
    let known = try Self.codes(in: "Sources/Loading").union(Self.codes(in: "Sources/Planning"))
    #expect(known.count > 70, "\(known.sorted())")
    let lint = Set(LintRule.all.map(\.id))
    let shown = Set(page.codeSpans)
    #expect(known.subtracting(shown).subtracting(lint).sorted() == [], "docs/errors.md lacks these")
    // Some are put together from a key, as `missing-at` is: an example that gets it shows that there is such a one.
    let examples = page.blocks.flatMap { $0.lines.prefix(1) }.joined(separator: "\n")
    let named = page.text.split(separator: "\n").filter { $0.hasPrefix("**`") }
      .flatMap { DocPage.codeSpans(of: $0.dropFirst(2).prefix { $0 != "*" }) }
    #expect(named.filter { !known.contains($0) && !examples.contains($0) } == [], "nothing says these")
  }
}
