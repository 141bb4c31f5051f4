package import Model

/// Turns a checked runbook, an inventory and what was observed into a plan. No input, no output, no clock.
package struct Planner: Sendable {
  package let runbook: Runbook
  package let cluster: Cluster?
  package let system: ClusterSystem?
  package let inputs: [String: InputValue]
  package let origin: Plan.Origin
  package let sources: [String: String]

  package init(
    runbook: Runbook, cluster: Cluster?, system: ClusterSystem?, inputs: [String: InputValue],
    origin: Plan.Origin, sources: [String: String]
  ) {
    self.runbook = runbook
    self.cluster = cluster
    self.system = system
    self.inputs = inputs
    self.origin = origin
    self.sources = sources
  }

  /// The nodes' values, for scopes made outside planning too.
  package var nodeValues: [NodeName: Value.Object] {
    Dictionary(
      uniqueKeysWithValues: (cluster?.nodes ?? []).map { ($0.name, Planning.nodeValues($0, system: system)) })
  }

  package func plan(_ facts: PlanningFacts) throws -> Plan {
    var draft = PlanDraft(planner: self, facts: facts)
    let steps = draft.steps()
    if draft.diagnostics.hasErrors { throw DiagnosticList(draft.diagnostics) }
    var plan = Plan(
      format: Plan.currentFormat, runbook: runbook.name, summary: runbook.summary, cluster: cluster?.name,
      system: system?.name, inputs: inputs, origin: origin, sources: sources,
      nodes: (cluster?.nodes ?? []).map { PlannedNode($0, hostKeys: facts.hostKeys[$0.name] ?? []) },
      before: facts.observation, steps: steps, timeline: [], refusals: draft.refusals, warnings: [])
    plan.judgeTimeline()
    plan.refuseFailedSurvey(facts.results)
    let own = runbook.inputs.compactMap { input in inputs[input.name].map { (input, $0) } }
    plan.refuseWrongNodes(own + draft.checkedInputs)
    plan.refuseApprovals()
    return plan
  }
}

extension Plan {
  /// A diagnosis that already failed while planning would fail again: say so before anything is touched.
  fileprivate mutating func refuseFailedSurvey(_ results: [StepID: SurveyResult]) {
    for step in steps {
      if case .failed(let reason)? = results[step.id] {
        refusals.append(Refusal(step: step.id, reason: reason, verdict: nil))
      }
    }
  }

  /// Nobody is asked yet while a run is under way, and a step that waits for a person must not pass by itself.
  fileprivate mutating func refuseApprovals() {
    for step in steps where step.role == .approve && !step.isSkipped {
      refusals.append(
        Refusal(step: step.id, reason: "it waits for a person, and this belay cannot ask one", verdict: nil))
    }
  }

  /// What a node is, the cluster says: an inventory may be older.
  fileprivate mutating func refuseWrongNodes(_ inputs: [(InputDeclaration, InputValue)]) {
    guard let membership = before?.membership else { return }
    for (declaration, value) in inputs {
      guard case .node(let state?) = declaration.type, case .node(let name) = value else { continue }
      let isMember = membership.member(of: name) != nil
      if state == .spare, isMember {
        refusals.append(
          Refusal(step: nil, reason: "\(name) is a member of the cluster already", verdict: nil))
      } else if state == .member, !isMember {
        refusals.append(Refusal(step: nil, reason: "\(name) is not a member of the cluster", verdict: nil))
      }
    }
  }
}
