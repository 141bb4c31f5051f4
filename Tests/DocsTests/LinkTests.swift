import Platform
import Testing

/// Links lead somewhere, and a table of contents lists every chapter.
@Suite struct LinkTests {
  static let pages: [String] = {
    let names = (try? listDirectory(Path.join(DocPage.root, "docs"))) ?? []
    return ["README.md"] + names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
  }()

  @Test(arguments: pages) func everyLinkLeadsSomewhere(name: String) throws {
    let page = try DocPage(name)
    for link in links(in: page) where !link.contains("://") {
      let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let here = Path.join(DocPage.root, name)
      let target = parts[0].isEmpty ? here : Path.normalized("../\(parts[0])", from: here)
      #expect(fileKind(target) != nil, "\(name) links to \(link)")
      if parts.count == 2, target.hasSuffix(".md") {
        let path = target.dropFirst(DocPage.root.count + 1)
        #expect(try anchors(of: DocPage(String(path))).contains(parts[1]), "\(name) links to \(link)")
      }
    }
  }

  @Test(arguments: ["docs/language.md", "docs/queries.md", "docs/errors.md"])
  func everyChapterIsInTheContents(name: String) throws {
    let page = try DocPage(name)
    let links = Set(links(in: page))
    let chapters = page.headings.filter { $0.level == 2 && $0.title != "Contents" }
    #expect(chapters.count > 5)
    for (_, title) in chapters { #expect(links.contains("#\(anchor(title))"), "\(title)") }
  }

  private func links(in page: DocPage) -> [String] {
    page.text.split(separator: "](").dropFirst().map { String($0.prefix { $0 != ")" }) }
      .filter { !$0.isEmpty && !$0.contains(" ") }
  }

  private func anchors(of page: DocPage) -> Set<String> { Set(page.headings.map { anchor($0.title) }) }

  /// As code hosting names a heading.
  private func anchor(_ title: String) -> String {
    String(
      title.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.map {
        $0 == " " ? "-" : $0
      })
  }
}
