import Loading
import Model
import Testing

/// What a runbook may say depends on its system and, when it is known, on the inventory.
@Suite struct ContextTests {
  private let system = """
    system: etcd
    summary: s
    node: { client_url: "http://${address}" }
    observe: { ask: { all: { run: x } }, view: '.', identify: '$member.name == $node.name' }
    """

  private func check(_ command: String, at: String = "leader", inventory: String? = nil) throws
    -> [Diagnostic]
  {
    let runbook = """
      runbook: etcd/x
      summary: s
      steps: { a: { diagnose: t, at: \(at), run: \(Value.string(command).json()) } }
      """
    let loaded = loadSystem(SourceFile(path: "system.yaml", text: system))
    #expect(loaded.diagnostics == [])
    let clusters = inventory.map {
      loadInventory([SourceFile(path: "i.yaml", text: $0)], home: nil).value?.clusters ?? []
    }
    return loadRunbook(
      SourceFile(path: "r.yaml", text: runbook), name: nil,
      templates: { _ throws(FileProblem) in throw FileProblem("no-such-template", "none") },
      context: RunbookContext(system: loaded.value, clusters: clusters)
    ).diagnostics
  }

  private let inventory =
    "clusters: { c: { system: etcd, nodes: { n1: { address: x, vars: { rack: 1 } } } } }"

  @Test func knownFieldsPass() throws {
    let command = "echo ${leader.client_url} ${here.name} ${leader.address} ${leader.member.any.thing}"
    #expect(try check(command) == [])
    #expect(try check("echo ${leader.rack}", inventory: inventory) == [])
  }

  @Test func anUnknownFieldIsAWarningUntilTheInventoryIsKnown() throws {
    let without = try check("echo ${leader.client_ulr}")
    #expect(without.map(\.severity) == [.warning])
    #expect(without.first?.help == "did you mean \"client_url\"?")
    let with = try check("echo ${leader.client_ulr}", inventory: inventory)
    #expect(with.map(\.severity) == [.error])
  }

  @Test func clustersOfAnotherSystemSayNothing() throws {
    let other = inventory.replacing("etcd", with: "nats")
    #expect(try check("echo ${leader.rack}", inventory: other).map(\.severity) == [.warning])
    #expect(try check("x", at: "n2", inventory: other) == [])
  }

  @Test func namedNodesMustBeInTheInventory() throws {
    #expect(try check("x", at: "n1", inventory: inventory) == [])
    let unknown = try check("x", at: "n2", inventory: inventory)
    #expect(unknown.map(\.code) == ["unknown-node"])
    #expect(unknown.first?.help == "did you mean \"n1\"?")
    #expect(try check("x", at: "n2") == [])
  }
}
