import Loading
import Model
import Testing

@Suite struct WorkedExampleTests {
  @Test func loadsWithoutAnyDiagnostic() throws {
    let result = loadRunbook(
      try fixture("worked-example.yaml"), name: RunbookName("etcd/add-node"),
      templates: { name in SourceFile(path: "templates/\(name)", text: "ETCD_NAME=${node.name}\n") })
    #expect(result.diagnostics == [])
    let runbook = try #require(result.value)
    #expect(runbook.verb == "add-node")
    #expect(
      runbook.steps.map(\.id.rawValue) == [
        "reach", "configure", "join", "start", "caught_up", "promote", "healthy",
      ])
    #expect(result.sources.map(\.path) == ["worked-example.yaml", "templates/etcd.env"])
  }
}

/// What is shipped must load without a word.
@Suite struct ShippedRunbookTests {
  @Test func haveNothingToSay() throws {
    let here = #filePath
    let root = here.components(upTo: "/Tests/")
    let library = RunbookLibrary(directories: ["\(root)/runbooks"])
    let entries = library.entries()
    #expect(entries.count >= 3)
    for entry in entries {
      #expect(library.loadRunbook(entry.name.rawValue).diagnostics == [], "\(entry.name)")
    }
  }
}

extension String {
  fileprivate func components(upTo marker: String) -> Substring {
    ranges(of: marker).last.map { self[..<$0.lowerBound] } ?? self[...]
  }
}
