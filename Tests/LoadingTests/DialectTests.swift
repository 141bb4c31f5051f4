import Loading
import Model
import TestSupport
import Testing

/// Versions of a system that name things differently.
@Suite struct DialectTests {
  private let scratch = ScratchDirectory()

  private func text(_ dialects: String) -> String {
    """
    system: mini
    summary: s
    node: { port: 7000, leave: /leave, url: "http://${address}:${port}${leave}" }
    observe:
      ask: { status: { run: "mini status", parse: json }, list: { run: mini list } }
      view: .status
      identify: $member.name == $node.name
    \(dialects)
    """
  }

  private let two = """
    dialects:
      v1: {}
      v2:
        node: { leave: /v2/leave }
        observe: { timeout: 3s, ask: { status: { run: "mini v2 status", parse: json }, more: { run: mini more } }, view: .more }
    """

  private func load(_ dialects: String) -> LoadResult<ClusterSystem> {
    loadSystem(SourceFile(path: "system.yaml", text: text(dialects)))
  }

  private func defaults(_ system: ClusterSystem) -> [String: String] {
    let entries = system.nodeDefaults.map { entry in
      switch entry.value {
      case .text(let text): (entry.name, text.text)
      case .constant(let value): (entry.name, value.stringValue ?? value.json())
      }
    }
    return Dictionary(entries) { _, last in last }
  }

  private func questions(_ system: ClusterSystem) -> [String] {
    system.observe.questions.map { "\($0.name): \($0.run.text)" }
  }

  @Test func theFirstIsSpokenUnlessAnotherIsNamed() throws {
    let loaded = load(two)
    #expect(loaded.diagnostics == [])
    let system = try #require(loaded.value)
    #expect(defaults(system)["dialect"] == "v1" && defaults(system)["leave"] == "/leave")
    #expect(questions(system) == ["status: mini status", "list: mini list"])

    let other = try #require(system.speaking("v2"))
    #expect(defaults(other)["dialect"] == "v2" && defaults(other)["leave"] == "/v2/leave")
    #expect(defaults(other)["port"] == "7000")
    #expect(questions(other) == ["status: mini v2 status", "list: mini list", "more: mini more"])
    #expect(other.observe.view.text == ".more" && other.observe.identify.text == system.observe.identify.text)
    #expect(other.observe.timeout == .seconds(3) && system.observe.timeout == .seconds(10))
    #expect(system.speaking("v3") == nil)
  }

  @Test func aSystemWithoutDialectsHasNoSuchValue() throws {
    let system = try #require(load("").value)
    #expect(defaults(system)["dialect"] == nil && system.speaking(nil) != nil && system.speaking("v1") == nil)
  }

  @Test(arguments: [
    ("dialects: {}", ["no-dialect"]),
    ("dialects: { v1: { node: { leeve: /x } } }", ["unknown-value"]),
    ("dialects: { v1: { nodes: {} } }", ["unknown-key"]),
    ("dialects: { two-words: {} }", ["bad-name"]),
    // Each is checked as a whole, and what is wrong in all of them is said once.
    ("dialects: { v1: {}, v2: { observe: { view: '.status | nope(1)' } } }", ["bad-query"]),
    ("dialects: { v1: {}, v2: { node: { leave: '${prot}' } } }", ["unknown-field"]),
  ])
  func whatIsWrongIsSaidOnce(_ dialects: String, _ codes: [String]) {
    #expect(load(dialects).diagnostics.map(\.code) == codes)
  }

  private func library() throws -> RunbookLibrary {
    _ = try scratch.write(text(two), to: "mini/system.yaml")
    _ = try scratch.write(
      "runbook: mini/ask\nsummary: s\nsteps:\n  a: { diagnose: t, at: members, run: \"mini ask ${node.url}\" }\n",
      to: "mini/ask.yaml")
    return RunbookLibrary(directories: [scratch.path])
  }

  private func clusters(_ dialect: String) throws -> [Cluster] {
    let inventory = SourceFile(
      path: "hosts.yaml",
      text: "clusters: { c: { system: mini, \(dialect)nodes: { n1: { address: 192.0.2.1 } } } }\n")
    return try #require(loadInventory([inventory], home: nil).value).clusters
  }

  @Test(arguments: [("", "v1"), ("dialect: v1, ", "v1"), ("dialect: v2, ", "v2")])
  func aClusterSpeaksWhatItsInventorySays(_ written: String, _ spoken: String) throws {
    let loaded = try library().loadRunbook("mini/ask", clusters: try clusters(written))
    #expect(loaded.diagnostics == [])
    #expect(defaults(try #require(loaded.value?.system))["dialect"] == spoken)
  }

  @Test func aDialectThatTheSystemDoesNotHave() throws {
    let loaded = try library().loadRunbook("mini/ask", clusters: try clusters("dialect: v22, "))
    #expect(loaded.diagnostics.map(\.code) == ["no-such-dialect"])
    #expect(loaded.diagnostics.first?.help == "did you mean \"v2\"?")
    #expect(loaded.diagnostics.first?.location?.file == "hosts.yaml")
  }
}
