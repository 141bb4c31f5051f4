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
