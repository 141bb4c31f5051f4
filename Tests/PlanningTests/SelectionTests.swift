import Loading
import Model
import Planning
import Testing

/// Groups, ranges, lists and inputs of many nodes, resolved to the nodes that a step runs on.
@Suite struct SelectionTests {
  private func plan(_ step: String, some: [String] = ["n3", "n1"]) throws -> Plan {
    let inventory = loadInventory(
      [
        SourceFile(
          path: "i.yaml",
          text: """
            clusters:
              c:
                system: x
                groups: { zone-a: ["n[1-2]"], zone-b: [n3, n1] }
                nodes:
                  n1: { address: a }
                  n2: { address: b }
                  n3: { address: c, state: spare }
            """)
      ], home: nil)
    let cluster = try #require(inventory.value?.clusters.first)
    let text = """
      runbook: x
      summary: s
      inputs: { some: { type: nodes, help: h } }
      steps: { a: { diagnose: "Ask ${some}", \(step) } }
      """
    let loaded = loadRunbook(
      SourceFile(path: "r.yaml", text: text), name: nil,
      templates: { _ throws(FileProblem) in throw FileProblem("no-such-template", "none") },
      context: RunbookContext(system: nil, clusters: [cluster]))
    let planner = Planner(
      runbook: try #require(loaded.value, "\(loaded.diagnostics)"), cluster: cluster, system: nil,
      inputs: ["some": .nodes(some.map { NodeName($0) })],
      origin: Plan.Origin(runbook: "r.yaml", inventories: []), sources: [:])
    return try planner.plan(PlanningFacts())
  }

  private func places(_ at: String) throws -> [String] {
    try plan("at: \(at), run: 'true'").steps[0].tasks.flatMap { task in
      switch task.place {
      case .node(let name): [name.rawValue]
      case .anyOf(let names): ["any"] + names.map(\.rawValue)
      default: ["?"]
      }
    }
  }

  @Test(arguments: [
    ("zone-b", ["n3", "n1"]), ("'n[2-3]'", ["n2", "n3"]), ("[n3, zone-a, n1]", ["n3", "n1", "n2"]),
    ("members & zone-b", ["n1"]), ("members - zone-b", ["n2"]), ("'${some}'", ["n3", "n1"]),
    ("any(zone-a)", ["any", "n1", "n2"]),
    ("'members & ${some}'", ["n1"]), ("['n[1-2]', '${some}']", ["n1", "n2", "n3"]),
  ])
  func selectorsBecomeNodes(at: String, nodes: [String]) throws {
    #expect(try places(at) == nodes)
  }

  @Test func oneOfSeveralIsLookedUpLate() throws {
    let plan = try plan("at: any(zone-a), run: 'ping ${here.address} ${node.name}'")
    guard case .command(let command) = plan.steps[0].tasks[0].work else { throw Missing() }
    #expect(command.display == "ping ${here.address} ${node.name}" && command.fixed.isEmpty)
    #expect(command.late.keys.sorted() == ["here.address", "node.name"])
  }

  @Test func anEmptySelectionIsRefused() {
    #expect(throws: DiagnosticList.self) { try places("spares & zone-a") }
  }

  @Test func aListReadsAsNamesInTextsAndNodesInQueries() throws {
    let plan = try plan(
      "at: n1, run: 'echo ${some} ${inputs.some} ${here}', expect: '$some | map(.address) == [\"c\", \"a\"]'")
    guard case .command(let command) = plan.steps[0].tasks[0].work else { throw Missing() }
    #expect(
      command.display == "echo 'n3,n1' 'n3,n1' 'n1'" || command.display == "echo n3,n1 n3,n1 n1",
      "\(command.display)")
    #expect(plan.steps[0].title == "Ask n3,n1")
    #expect(plan.inputs["some"]?.text == "n3,n1")
  }

  @Test func eachGoesThroughAList() throws {
    let plan = try plan("at: controller, each: { one: '${some}' }, run: 'echo ${one.address}'")
    #expect(plan.steps[0].tasks.compactMap(\.loop?.node.rawValue) == ["n3", "n1"])
  }

  private struct Missing: Error {}
}
