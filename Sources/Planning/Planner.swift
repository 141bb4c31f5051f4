package import Model

/// Turns a checked runbook, an inventory and what was observed into a plan. No input, no output, no clock.
package struct Planner: Sendable {
  package let runbook: Runbook
  package let cluster: Cluster?
  package let system: ClusterSystem?
  package let inputs: [String: InputValue]
  package let origin: Plan.Origin
  package let sources: [String: String]
  /// The declared guards that the operator goes past.
  package var overrides: [GuardOverride] = []
  /// For a plan with acts; nil when nobody else has to agree.
  package var approval: PlanApproval?

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
    let danger = draft.danger(of: runbook)
    if draft.diagnostics.hasErrors { throw DiagnosticList(draft.diagnostics) }
    var plan = Plan(
      format: Plan.currentFormat, runbook: runbook.name, summary: runbook.summary, cluster: cluster?.name,
      system: system?.name, inputs: inputs, origin: origin, sources: sources,
      nodes: (cluster?.nodes ?? []).map { PlannedNode($0, hostKeys: facts.hostKeys[$0.name] ?? []) },
      before: facts.observation, steps: steps, timeline: [], refusals: draft.refusals, warnings: [],
      danger: danger)
    if let guards = system?.guards, !guards.isEmpty { plan.guards = guards.map(PlannedGuard.init) }
    if !overrides.isEmpty { plan.overrides = overrides }
    plan.judgeTimeline(nodeValues)
    plan.proveSafety()
    if plan.changesSomething { plan.approval = approval }
    plan.refuseFailedSurvey(facts.results)
    let own = runbook.inputs.compactMap { input in inputs[input.name].map { (input, $0) } }
    plan.refuseWrongNodes(own + draft.checkedInputs)
    plan.stateFacts(facts)
    return plan
  }
}

extension Plan {
  /// A diagnosis that already failed while planning would fail again: say so before anything is touched.
  fileprivate mutating func refuseFailedSurvey(_ results: [StepID: SurveyResult]) {
    for step in steps {
      switch results[step.id] {
      case .failed(let reason)?, .unanswered(let reason)?:
        refusals.append(Refusal(step: step.id, reason: reason, verdict: nil))
      case .passed?, nil: break
      }
    }
  }

  /// What a node is, the cluster says: an inventory may be older.
  fileprivate mutating func refuseWrongNodes(_ inputs: [(InputDeclaration, InputValue)]) {
    guard let membership = before?.membership else { return }
    for (declaration, value) in inputs {
      guard let (state, names) = value.wanted(as: declaration.type) else { continue }
      for name in names {
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
}

extension InputValue {
  /// The nodes that are given, with the state that their input asks for.
  fileprivate func wanted(as type: InputType) -> (NodeState, [NodeName])? {
    switch (type, self) {
    case (.node(let state?), .node(let name)): (state, [name])
    case (.nodes(let state?), .nodes(let names)): (state, names)
    default: nil
    }
  }
}
