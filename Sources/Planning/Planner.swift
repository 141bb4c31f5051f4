package import Model

/// Turns a checked runbook, an inventory and what was observed into a plan. No input, no output, no clock.
package struct Planner: Sendable {
  package let runbook: Runbook
  package let cluster: Cluster?
  package let system: ClusterSystem?
  package let inputs: [String: InputValue]
  package let sources: [String: String]

  package init(
    runbook: Runbook, cluster: Cluster?, system: ClusterSystem?, inputs: [String: InputValue],
    sources: [String: String]
  ) {
    self.runbook = runbook
    self.cluster = cluster
    self.system = system
    self.inputs = inputs
    self.sources = sources
  }

  /// The nodes' values, for scopes made outside planning too.
  package var nodeValues: [NodeName: Value.Object] {
    Dictionary(
      uniqueKeysWithValues: (cluster?.nodes ?? []).map { ($0.name, Planning.nodeValues($0, system: system)) })
  }

  package func plan(_ facts: PlanningFacts) throws -> Plan {
    guard let graph = StepGraph(runbook) else {
      throw DiagnosticList([
        Diagnostic("cycle", "the steps' needs form a cycle", at: runbook.location)
      ])
    }
    var draft = PlanDraft(planner: self, facts: facts, graph: graph)
    let steps = draft.steps()
    if draft.diagnostics.hasErrors { throw DiagnosticList(draft.diagnostics) }
    var plan = Plan(
      format: Plan.currentFormat, runbook: runbook.name, summary: runbook.summary, cluster: cluster?.name,
      system: system?.name, inputs: inputs, sources: sources,
      nodes: (cluster?.nodes ?? []).map { PlannedNode($0, hostKeys: facts.hostKeys[$0.name] ?? []) },
      before: facts.observation, steps: steps, timeline: [], refusals: [], warnings: [])
    plan.judgeTimeline()
    plan.refuseFailedSurvey(facts.results)
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
}
