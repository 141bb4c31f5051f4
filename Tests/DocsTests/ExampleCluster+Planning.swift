import Expressions
import Loading
import Model
import Planning

extension ExampleCluster {
  func plan(_ runbook: Runbook, given: [String: String]) throws -> Plan {
    var inputs: [String: InputValue] = [:]
    for input in runbook.inputs {
      let text =
        given[input.name] ?? input.defaultText ?? (input.type == .cluster ? cluster?.name.rawValue : nil)
      inputs[input.name] = input.type == .secret ? .secret : text.flatMap { InputValue($0, for: input) }
      if inputs[input.name] == nil { throw FalseExample("the example gives no value for \(input.name)") }
    }
    let hasNodes = runbook.name.system != nil
    let planner = Planner(
      runbook: runbook, cluster: hasNodes ? cluster : nil, system: hasNodes ? system : nil, inputs: inputs,
      origin: Plan.Origin(runbook: "example.yaml", inventories: []), sources: [:])
    var facts = PlanningFacts(observation: hasNodes ? observation() : nil)
    let scope = Scope(
      nodes: planner.nodeValues, inputs: inputs, before: facts.observation, now: facts.observation)
    for step in runbook.steps where step.role == .diagnose {
      // What a command would print nobody knows: such values stay open.
      guard case .query = step.body else { continue }
      var out = Value.Object()
      for value in step.out {
        out[value.name] = try Query.compile(value.query.text).firstValue(.null, scope.bindings)
      }
      facts.results[step.id] = .passed(out: out)
    }
    // A first plan says which files it wants to know.
    for place in try planner.plan(facts).steps.flatMap(\.tasks).compactMap(filePlace) {
      facts.files[place] =
        files[place.path].map { .present(content: $0, mode: "0644", owner: "root:root") } ?? .absent
    }
    return try planner.plan(facts)
  }

  private func filePlace(_ task: PlannedTask) -> FilePlace? {
    guard case .file(let file) = task.work, case .node(let node) = task.place else { return nil }
    return FilePlace(node: node, path: file.path)
  }

  /// Every member of the inventory is a healthy voter.
  private func observation() -> Observation {
    let names = (cluster?.nodes ?? []).filter { $0.state == .member }.map(\.name)
    let members = names.map { name in
      MemberView.ReportedMember(
        id: MemberID("id-\(name)"), name: name.rawValue, isLearner: false, node: name,
        record: ["name": .string(name.rawValue), "peer_url": .string("http://\(address(name)):2380")])
    }
    return agree(
      names.map { name in
        NodeReport(
          node: name,
          answer: .view(
            MemberView(
              reporter: name, cluster: "cdf8", selfID: MemberID("id-\(name)"),
              leader: names.first.map { MemberID("id-\($0)") }, term: 4, index: 100, isHealthy: true,
              members: members)))
      })
  }

  private func address(_ name: NodeName) -> String {
    cluster?.nodes.first { $0.name == name }?.address ?? ""
  }
}
