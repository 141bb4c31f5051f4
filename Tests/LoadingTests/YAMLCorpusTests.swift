import Model
import Testing

@testable import Loading

/// Valid, odd and broken YAML through the reader and through every format that is written in YAML.
@Suite struct YAMLCorpusTests {
  static let files = [
    "characters", "structure", "plain-and-quoted", "blocks", "collections", "nodes", "core-schema", "broken",
  ].map { "yaml-corpus/\($0).txt" }

  @Test(arguments: files)
  func isReadAsWritten(file: String) throws {
    for item in try YAMLCase.read(file) {
      #expect(!item.expected.isEmpty, "\(item) lacks its @@ line: the reader says \(item.answer)")
      #expect(item.answer == item.expected, "\(item)\n\(String(decoding: item.bytes, as: UTF8.self))")
    }
  }

  @Test func coversTheLanguage() throws {
    let cases = try Self.files.flatMap(YAMLCase.read)
    #expect(cases.count >= 350)
    #expect(Set(cases.map(\.name)).count == cases.count, "two cases have one name")
    #expect(cases.count { $0.expected.hasPrefix("error") } > 100)
  }

  /// None of these texts is a runbook, an inventory or a system: each load says so, and where.
  @Test(arguments: files)
  func everyFormatRefusesItWithAPlace(file: String) throws {
    for item in try YAMLCase.read(file) {
      guard let source = try? decodeText(item.bytes, "case.yaml") else { continue }
      for diagnostics in loadEveryFormat(source) {
        #expect(diagnostics.hasErrors, "\(item)")
        #expect(diagnostics.allSatisfy { $0.location != nil || $0.code == "too-many-problems" }, "\(item)")
      }
    }
  }
}

/// What is said about a text as a runbook, as an inventory and as a system.
func loadEveryFormat(_ source: SourceFile) -> [[Diagnostic]] {
  let runbook = loadRunbook(
    source, name: nil,
    templates: { name throws(FileProblem) in throw FileProblem("no-such-template", name) })
  return [
    runbook.diagnostics, loadInventory([source], home: nil).diagnostics, loadSystem(source).diagnostics,
  ]
}
