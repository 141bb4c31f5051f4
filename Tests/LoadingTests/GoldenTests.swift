import Loading
import Model
import Report
import Testing

/// Each file is full of mistakes; its golden text shows what the user reads. All of them must be found.
@Suite struct GoldenDiagnosticTests {
  private func noTemplates(_ name: String) throws(FileProblem) -> SourceFile {
    throw FileProblem("no-such-template", "there is no template \"\(name)\"")
  }

  private func used(_ name: String) -> LoadResult<LoadedRunbook> {
    guard let file = try? fixture("library/\(name.dropFirst("etcd/".count)).yaml") else {
      return noRunbooks(name)
    }
    return loadRunbook(file, name: RunbookName(name), templates: noTemplates)
      .map { LoadedRunbook(runbook: $0, system: nil) }
  }

  @Test(arguments: fixtureNames(in: "runbooks"))
  func ofRunbooks(path: String) throws {
    let name = RunbookName("etcd/\(path.dropFirst("runbooks/".count).dropLast(".yaml".count))")
    let result = loadRunbook(try fixture(path), name: name, templates: noTemplates, runbooks: used)
    #expect(result.value == nil)
    try expectGolden(renderDiagnostics(result.diagnostics, sources: result.sources, colour: false), path)
  }

  @Test(arguments: fixtureNames(in: "systems"))
  func ofSystems(path: String) throws {
    let result = loadSystem(try fixture(path), name: SystemName("etcd"))
    #expect(result.value == nil)
    try expectGolden(renderDiagnostics(result.diagnostics, sources: result.sources, colour: false), path)
  }

  @Test(arguments: fixtureNames(in: "inventories"))
  func ofInventories(path: String) throws {
    let result = loadInventory([try fixture(path)], home: "/home/operator")
    #expect(result.value == nil)
    try expectGolden(renderDiagnostics(result.diagnostics, sources: result.sources, colour: false), path)
  }

  @Test func thereAreSome() {
    #expect(fixtureNames(in: "runbooks").count >= 3)
  }
}
