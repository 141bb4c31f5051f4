import Loading
import Model
import Testing

/// Groups, ranges and lists of nodes.
@Suite struct SelectorTests {
  private let inventory = """
    clusters:
      c:
        system: etcd
        groups: { zone-a: ["n[1-2]"], zone-b: [n3, n1] }
        nodes: { n1: { address: a }, n2: { address: b }, n3: { address: c } }
    """

  private func check(_ at: String) -> [Diagnostic] {
    let clusters = loadInventory([SourceFile(path: "i.yaml", text: inventory)], home: nil)
    #expect(clusters.diagnostics == [])
    let runbook = """
      runbook: x
      summary: s
      inputs: { some: { type: nodes, help: h }, one: { type: node, help: h } }
      steps: { a: { diagnose: t, at: \(at), run: "true" } }
      """
    return loadRunbook(
      SourceFile(path: "r.yaml", text: runbook), name: nil,
      templates: { _ throws(FileProblem) in throw FileProblem("no-such-template", "none") },
      context: RunbookContext(system: nil, clusters: clusters.value?.clusters)
    ).diagnostics
  }

  @Test(arguments: [
    "zone-a", "'n[1-3]'", "[n1, zone-b]", "members & zone-a", "zone-a - n1", "any(zone-a & members)",
    "'${some}'",
    "['${some}', '${one}', leader]", "'members - zone-a - ${one}'", "n1",
  ])
  func whatIsThereIsAccepted(at: String) {
    #expect(check(at) == [])
  }

  @Test(arguments: [
    ("zone-c", "unknown-node", "did you mean \"zone-a\"?"),
    ("'n[1-4]'", "unknown-node", "did you mean \"n1\"?"),
    ("[n1, n9]", "unknown-node", "did you mean \"n1\"?"), ("membres & zone-a", "unknown-node", nil),
    ("[]", "bad-selector", "name some"), ("[n1, [n2]]", "wrong-type", nil),
    ("[n1, controller]", "bad-selector", nil), ("members - any(zone-a)", "bad-selector", nil),
    ("'n[3-1]'", "bad-selector", nil), ("'n[01-100]'", "bad-selector", nil),
    ("'n[1-99999]'", "bad-selector", nil),
    ("'n[1-2][1-2]'", "bad-selector", nil), ("'n[1-'", "bad-selector", nil), ("'n]1['", "bad-selector", nil),
    ("'[1-2]'", "unknown-node", nil), ("'-[1-2]'", "bad-selector", nil), ("members &", "bad-selector", nil),
  ])
  func whatIsNotThereIsRefused(at: String, code: String, help: String?) {
    let found = check(at)
    #expect(found.first?.code == code, "\(found)")
    if let help { #expect(found.first?.help == help, "\(found)") }
  }

  @Test func rangesKeepTheirWidth() throws {
    #expect(
      try NodeRange("db-[08-11].x")?.names.map(\.rawValue) == ["db-08.x", "db-09.x", "db-10.x", "db-11.x"])
    #expect(try NodeRange("db-[8-11]")?.names.map(\.rawValue) == ["db-8", "db-9", "db-10", "db-11"])
    #expect(try NodeRange("db-[08-11].x")?.description == "db-[08-11].x")
    #expect(try NodeRange("db") == nil)
  }
}
