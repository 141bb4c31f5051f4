import Model
import Testing

@testable import Expressions
@testable import Loading

/// What the code knows stands in the reference, and the other way round.
@Suite struct CompletenessTests {
  private let language: DocPage
  private let queries: DocPage

  init() throws {
    language = try DocPage("docs/language.md")
    queries = try DocPage("docs/queries.md")
  }

  /// Every key and every word that a reader of runbooks, systems or inventories accepts.
  @Test(arguments: WrittenFormat.allCases) func everyKeyIsThere(format: WrittenFormat) {
    let shown = words(of: language)
    for word in Set(words(in: format.schema)).sorted() {
      #expect(shown.contains(word), "\(format.rawValue): docs/language.md says nothing of \(word)")
    }
  }

  /// The names of properties and the texts that a value may be.
  private func words(in schema: Value) -> [String] {
    switch schema {
    case .object(let object):
      object.entries.flatMap { key, value -> [String] in
        switch (key, value) {
        case ("properties", .object(let properties)):
          properties.entries.flatMap { [$0.key] + words(in: $0.value) }
        // What a verb must not be.
        case ("not", _): []
        case ("enum", .array(let values)): values.compactMap(\.stringValue)
        case ("const", .string(let text)): [text]
        default: words(in: value)
        }
      }
    case .array(let values): values.flatMap { words(in: $0) }
    default: []
    }
  }

  /// The words in its code: spans, and blocks of YAML.
  private func words(of page: DocPage) -> Set<String> {
    let code = page.codeSpans + page.blocks.filter { $0.words.first == "yaml" }.flatMap(\.lines)
    return Set(
      code.flatMap { text in
        text.split { !($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }.map(String.init)
      })
  }

  @Test func everyRootIsThere() {
    let shown = Set(language.codeSpans)
    for name in Scope.reservedNames.subtracting(["ENV", "__loc__"]).union(["node", "it", "nodes"]) {
      #expect(shown.contains(name) || shown.contains("$\(name)"), "docs/language.md says nothing of \(name)")
    }
    for name in Scope.builtInNodeFields { #expect(shown.contains(name), "a node's \(name)") }
  }

  // MARK: Queries

  /// `range(from; to)` in the first cell of a table is `range/2`.
  private var documentedFunctions: Set<String> {
    var signatures: Set<String> = []
    let chapter = queries.text.part(from: "\n## Functions\n", to: "\n## Formats\n")
    for line in chapter.split(separator: "\n") where line.hasPrefix("| `") {
      let cell = line.dropFirst(2).prefix(while: { $0 != "|" })
      for span in DocPage.codeSpans(of: cell) {
        let name = span.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        guard let first = name.first, first.isLetter else { continue }
        let rest = span.dropFirst(name.count)
        guard rest.isEmpty || rest.hasPrefix("(") else { continue }
        signatures.insert("\(name)/\(rest.isEmpty ? 0 : 1 + rest.count { $0 == ";" })")
      }
    }
    return signatures
  }

  @Test func everyFunctionIsThereAndNoOther() {
    let known = Set(Native.table.keys).union(Prelude.definitions.keys)
    #expect(known.subtracting(documentedFunctions).sorted() == [], "docs/queries.md lacks these")
    #expect(documentedFunctions.subtracting(known).sorted() == [], "the evaluator lacks these")
    #expect(known.count > 130)
  }

  /// An executed example for each, so that none is only said to be there.
  @Test func everyFunctionHasAnExample() {
    let words = Set(
      examples.flatMap { $0.split { !($0.isLetter || $0.isNumber || $0 == "_") } }.map(String.init))
    let names = Set(
      (Array(Native.table.keys) + Array(Prelude.definitions.keys)).map { $0.prefix { $0 != "/" } })
    #expect(
      names.filter { !words.contains(String($0)) }.sorted() == [], "docs/queries.md shows none of these")
  }

  @Test func everySymbolWordAndFormatHasAnExample() {
    let all = examples.joined(separator: "\n")
    for symbol in QueryLexer.symbols { #expect(all.contains(symbol), "\(symbol)") }
    for format in TextFormat.allCases { #expect(all.contains(format.rawValue), "\(format.rawValue)") }
    let shown = queries.codeSpans + [all]
    for word in QueryParser.reservedWords { #expect(shown.contains { $0.contains(word) }, "\(word)") }
    for name in UnknownFunction.outside.keys {
      #expect(queries.codeSpans.contains(name), "docs/queries.md does not say that \(name) is left out")
    }
  }

  private var examples: [String] { queries.blocks.filter { $0.words == ["jq"] }.flatMap(\.lines) }

  // MARK: Numbers

  @Test func everyLimitIsThatOfTheCode() {
    let limits = QueryLimits.standard
    let stated = [
      (language, "1 MiB", YAMLLimits.fileBytes == 1 << 20),
      (language, "| nesting | 64 levels |", YAMLLimits.depth == 64),
      (language, "100,000", YAMLLimits.values == 100_000),
      (language, "128 KiB", YAMLLimits.scalarBytes == 128 << 10),
      (language, "| lines that begin with `%` | 16 |", YAMLLimits.directives == 16),
      (queries, "1,000,000 steps", limits.steps == 1_000_000),
      (queries, "10,000 deep", limits.depth == 10_000),
      (queries, "100,000 values", limits.outputs == 100_000),
      (queries, "16 MiB", limits.stringBytes == 16 << 20),
      (queries, "256 levels", limits.valueDepth == 256),
    ]
    for (page, text, isSo) in stated {
      #expect(isSo, "\(text) is no longer so")
      #expect(page.text.contains(text), "\(page.name) does not say \(text)")
    }
  }
}

extension String {
  fileprivate func part(from start: String, to end: String) -> Substring {
    guard let first = firstRange(of: start), let last = firstRange(of: end),
      first.upperBound < last.lowerBound
    else { return "" }
    return self[first.upperBound..<last.lowerBound]
  }
}
