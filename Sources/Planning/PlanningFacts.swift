package import Model

/// What was seen of the world before planning, as values: planning itself looks at nothing.
package struct PlanningFacts: Sendable {
  package var observation: Observation?
  package var hostKeys: [NodeName: [String]]
  package var files: [FilePlace: PreviousFile]
  package var sights: [Sight: SightResult]
  /// Read-only steps that need no act have already run; this is how they ended.
  package var results: [StepID: SurveyResult]

  package init(
    observation: Observation? = nil, hostKeys: [NodeName: [String]] = [:],
    files: [FilePlace: PreviousFile] = [:], sights: [Sight: SightResult] = [:],
    results: [StepID: SurveyResult] = [:]
  ) {
    self.sights = sights
    self.observation = observation
    self.hostKeys = hostKeys
    self.files = files
    self.results = results
  }
}

extension Scope {
  /// What a runbook's steps see while nothing has been done yet: what was given, and what was found out.
  package init(_ planner: Planner, _ facts: PlanningFacts) {
    self.init(
      nodes: planner.nodeValues, inputs: planner.inputs, before: facts.observation, now: facts.observation)
    for (step, result) in facts.results {
      if case .passed(let out) = result { steps[step] = out }
    }
  }
}

package struct FilePlace: Hashable, Sendable {
  package var node: NodeName
  package var path: String

  package init(node: NodeName, path: String) {
    self.node = node
    self.path = path
  }
}

package enum SurveyResult: Hashable, Sendable {
  case passed(out: Value.Object)
  case failed(reason: String)
  /// Nobody said yes or no: its node was not reached, or what it printed could not be read.
  case unanswered(reason: String)
}
