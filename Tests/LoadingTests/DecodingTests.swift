import Loading
import Model
import Testing

@Suite struct DurationTests {
  @Test(arguments: [
    ("500ms", 0.5), ("2s", 2), ("1m30s", 90), ("2m", 120), ("1h", 3600), ("1d2h3m4s500ms", 93784.5),
    ("0s", 0),
  ])
  func isReadAsWritten(text: String, seconds: Double) throws {
    let duration = try #require(Duration(written: text))
    #expect(duration / .seconds(1) == seconds)
    #expect(Duration(written: duration.written) == duration)
  }

  @Test(arguments: [
    "", "5", "s", "1s1m", "1m1m", "-1s", "1.5s", "1 s", "99999999999s", "1x", "٣s", "1S", "ms",
  ])
  func isRefused(text: String) {
    #expect(Duration(written: text) == nil)
  }
}

@Suite struct NameTests {
  @Test func acceptsWhatPeopleUse() {
    #expect(["node", "caught_up", "A1", "_x"].allSatisfy(Names.isIdentifier))
    #expect(["n1", "db-1.example.com", "10.0.0.1", "a_b"].allSatisfy(Names.isNodeName))
    #expect(["::1", "fe80::1%eth0", "10.0.0.1", "h.example"].allSatisfy(Names.isHost))
    #expect(["root", "_svc", "svc$", "a.b-c", "me@corp"].allSatisfy(Names.isUser))
    #expect(["add-node", "etcd", "step-2"].allSatisfy(Names.isKebab))
  }

  @Test func refusesWhatCouldBeReadAsSomethingElse() {
    for name in ["", "-x", "a b", "a\n", "a\u{0}", "$(x)", "a/b", "é", String(repeating: "a", count: 300)] {
      #expect(!Names.isIdentifier(name) && !Names.isNodeName(name) && !Names.isHost(name))
      #expect(!Names.isUser(name) && !Names.isKebab(name))
    }
    #expect(!Names.isKebab("a--b") && !Names.isKebab("a-") && !Names.isKebab("2a"))
  }
}

/// Selectors, inputs and node values through the formats they stand in.
@Suite struct ValueTests {
  private func selector(_ text: String) -> Selector? {
    let runbook = """
      runbook: x
      summary: y
      inputs: { node: { type: node } }
      steps: { a: { diagnose: t, at: \(Value.string(text).json()), run: z } }
      """
    return loadRunbook(
      SourceFile(path: "r.yaml", text: runbook), name: nil,
      templates: { _ throws(FileProblem) in throw FileProblem("no-such-template", "none") }
    ).value?.steps.first?.at?.value
  }

  @Test(arguments: [
    ("leader", "leader"), ("any(members)", "any(members)"), (" members - ${node} ", "members - ${node}"),
    ("members - ${node} - leader", "members - ${node} - leader"), ("db-1", "db-1"), ("a-b-c", "a-b-c"),
    ("any( members - leader )", "any(members - leader)"), ("members -${node}", "members - ${node}"),
    ("anyone", "anyone"),
  ])
  func selectorsAreRead(text: String, meaning: String) {
    #expect(selector(text)?.description == meaning)
  }

  @Test(arguments: [
    "", " ", "-", "any()", "any(", "${}", "${a b}", "${node", "$node", "leader leader", "leader,members",
    "(leader)",
    "any(leader))", "-x", "members - ", "a/b", "é",
  ])
  func brokenSelectorsAreRefused(text: String) {
    #expect(selector(text) == nil)
  }

  @Test func deeplyNestedSelectorsAreRefused() {
    let depth = 100_000
    #expect(selector(String(repeating: "any(", count: depth) + "leader") == nil)
    #expect(selector("leader" + String(repeating: " - leader", count: depth)) == nil)
  }

  @Test(arguments: [
    (InputType.int, "3", true), (.int, "x", false), (.bool, "true", true), (.bool, "yes", false),
    (.duration, "2m", true), (.duration, "2", false), (.choice(["a"]), "a", true),
    (.choice(["a"]), "b", false),
    (.node(state: nil), "n1", true), (.node(state: nil), "-n1", false), (.string, "", true),
  ])
  func inputsKnowTheirValues(type: InputType, text: String, fits: Bool) {
    #expect((type.mismatch(text) == nil) == fits)
  }

  @Test func nodeValuesHaveTheTypesOfTheCoreSchema() throws {
    let text = """
      clusters:
        c:
          system: etcd
          nodes:
            n:
              address: x
              vars: { a: 1, b: -2.5, c: true, d: yes, e: "1", f: ~, g: [1, {h: 0x10}], i: 0o17, j: 1e3, k: 012, l: 1_0, m: 2001-01-01 }
      """
    let result = loadInventory([SourceFile(path: "i.yaml", text: text)], home: nil)
    #expect(result.diagnostics == [])
    #expect(
      result.value?.clusters.first?.nodes.first?.variables.json
        == #"{"a":1,"b":-2.5,"c":true,"d":"yes","e":"1","f":null,"g":[1,{"h":16}],"i":15,"j":1000,"k":12,"l":"1_0","m":"2001-01-01"}"#
    )
  }

  @Test(arguments: [".", "..", "+", "e", "1e", "--1", "+-1", "0x", "0x-1", "0o-7", ".e1"])
  func almostNumbersAreTexts(text: String) {
    let inventory = "vars: { a: \(text) }\nclusters: { c: { system: s, nodes: { n: { address: x } } } }"
    let result = loadInventory([SourceFile(path: "i.yaml", text: inventory)], home: nil)
    #expect(result.value?.clusters.first?.nodes.first?.variables["a"] == .string(text))
  }
}

extension Value.Object {
  fileprivate var json: String { Value.object(self).json() }
}
