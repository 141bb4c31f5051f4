import Loading
import Model
import Planning
import Testing

@testable import CLI

/// Words of a command line to typed values.
@Suite struct NamedInputsTests {
  private func resolve(_ declarations: String, _ words: [String]) throws -> [String: InputValue] {
    let session = Session(noColor: true)
    let inventory = loadInventory(
      [
        SourceFile(
          path: "i.yaml",
          text: "clusters: { orders: { system: x, nodes: { n1: { address: a }, n2: { address: b } } } }")
      ], home: nil)
    let runbook = loadRunbook(
      SourceFile(
        path: "r.yaml",
        text: "runbook: x\nsummary: s\ninputs: \(declarations)\nsteps: { a: { diagnose: t, expect: 'true' } }"
      ),
      name: nil, templates: { _ throws(FileProblem) in throw FileProblem("no-such-template", "none") })
    let arguments = try Arguments(words, flags: Command.planning, command: "plan")
    return try NamedInputs(arguments, session).resolve(
      try #require(runbook.value, "\(runbook.diagnostics)"), cluster: inventory.value?.clusters.first)
  }

  @Test func valuesHaveTheTypesOfTheirInputs() throws {
    let values = try resolve(
      """
      { new: { type: node }, others: { type: nodes }, quota: { type: size }, share: { type: percent, default: 25% },
        where: { type: cluster }, name: { type: string, pattern: '[a-z]+' } }
      """, ["n1", "n2,n1", "--set", "quota=10GiB", "-e", "name=abc"])
    #expect(
      values == [
        "new": .node(NodeName("n1")), "others": .nodes([NodeName("n2"), NodeName("n1")]),
        "quota": .value(.number(10_737_418_240)), "share": .value(25), "where": .value("orders"),
        "name": .value("abc"),
      ])
    #expect(
      try resolve("{ where: { type: cluster }, n: { type: node } }", ["orders", "n2"])["n"]
        == .node(NodeName("n2")))
  }

  @Test(arguments: [
    ("{ quota: { type: size, max: 2GiB } }", "quota=3GiB", "quota takes at most 2GiB, not \"3GiB\""),
    ("{ quota: { type: size } }", "quota=3 GiB", "a size such as 10GiB"),
    ("{ share: { type: percent, min: 1% } }", "share=0%", "at least 1%"),
    ("{ name: { type: string, pattern: '[a-z]+' } }", "name=abC", "a text that matches [a-z]+"),
    ("{ others: { type: nodes } }", "others=n1,,n2", "with commas between them"),
    ("{ where: { type: cluster } }", "where=other", "the cluster that is worked on is orders"),
  ])
  func whatDoesNotFitIsAUsageError(declarations: String, set: String, says: String) {
    do {
      _ = try resolve(declarations, ["--set", set])
      Issue.record("\(set) was accepted")
    } catch {
      #expect((error as? UsageError)?.message.contains(says) == true, "\(error)")
    }
  }

  @Test func anUnknownNodeOfAListIsNamed() {
    do {
      _ = try resolve("{ others: { type: nodes } }", ["n1,n22"])
      Issue.record("it was accepted")
    } catch {
      #expect(
        (error as? Stop)?.code == .invalid && (error as? Stop)?.help == "did you mean \"n2\"?", "\(error)")
    }
  }
}
