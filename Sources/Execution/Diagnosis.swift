package import Model
package import Planning
package import Transport

/// Runs a diagnosis: every step that can be run is run, whatever fails, since a failure is evidence too.
package struct Diagnosis: Sendable {
  package let planner: Planner
  package let transport: any CommandTransport
  package let observer: Observer?
  private let secrets: [String: Secret]

  package init(
    planner: Planner, transport: any CommandTransport, observer: Observer?, secrets: [String: Secret] = [:]
  ) {
    self.secrets = secrets
    self.planner = planner
    self.transport = transport
    self.observer = observer
  }

  package struct StepReport: Sendable {
    package var step: PlannedStep
    package var answers: [Answer]

    /// What one node said; nil where belay judged by itself.
    package struct Answer: Sendable {
      package var node: NodeName?
      package var loop: LoopBinding?
      package var problem: String?
      package var out: Value.Object
    }

    package var problem: String? { answers.lazy.compactMap(\.problem).first }
  }

  package struct Report: Sendable {
    package var runbook: RunbookName
    package var cluster: ClusterName?
    package var observation: Observation?
    package var steps: [StepReport]
    package var findings: [FoundProblem]
  }

  package func report(on observation: Observation?) async throws -> Report {
    var facts = PlanningFacts(observation: observation)
    var done: [StepID: StepReport] = [:]
    var order: [StepID] = []
    // Each round finishes at least one step.
    while true {
      let plan = try planner.plan(facts)
      order = plan.steps.map(\.id)
      let due = plan.steps.filter { step in
        !step.isSkipped && done[step.id] == nil
          && step.needs.allSatisfy { done[$0] != nil || plan.step($0)?.isSkipped ?? true }
      }
      if due.isEmpty { break }
      for report in await ask(due, facts) {
        done[report.step.id] = report
        facts.results[report.step.id] = report.result
      }
    }
    let steps = order.compactMap { done[$0] }
    return Report(
      runbook: planner.runbook.name, cluster: planner.cluster?.name, observation: observation, steps: steps,
      findings: FindingJudge(planner: planner, observation: observation, steps: steps).findings())
  }

  private func ask(_ steps: [PlannedStep], _ facts: PlanningFacts) async -> [StepReport] {
    let checker = StepChecker(transport: transport, observer: observer, secrets: secrets)
    let seen = Scope(planner, facts)
    return await withTaskGroup(of: (StepID, Int, StepReport.Answer).self) { group in
      for step in steps {
        for (index, task) in step.tasks.enumerated() {
          group.addTask {
            let attempt = await checker.check(step, task, in: seen) { Task.isCancelled }
            let answer = StepReport.Answer(
              node: checker.node(of: task.place, in: attempt.observation.map(seen.looking) ?? seen),
              loop: task.loop,
              problem: attempt.outcome == .done ? nil : attempt.reason, out: attempt.output.out)
            return (step.id, index, answer)
          }
        }
      }
      var answers: [StepID: [Int: StepReport.Answer]] = [:]
      for await (step, index, answer) in group { answers[step, default: [:]][index] = answer }
      return steps.map { step in
        StepReport(
          step: step, answers: (answers[step.id] ?? [:]).sorted { $0.key < $1.key }.map(\.value))
      }
    }
  }
}

extension Diagnosis.StepReport {
  /// What later steps see of it.
  fileprivate var result: SurveyResult {
    if let problem { return .failed(reason: problem) }
    var out = Value.Object()
    for answer in answers {
      for (name, value) in answer.out.entries { out[name] = value }
    }
    return .passed(out: out)
  }

  /// As findings see it: its `out` values, whether it held, and what each node said.
  package var value: Value {
    var value = Value.Object()
    for answer in answers {
      for (name, out) in answer.out.entries { value[name] = out }
    }
    value["ok"] = .bool(problem == nil)
    value["problem"] = problem.map { .string($0) } ?? .null
    value["nodes"] = .array(
      answers.map { answer in
        var node = answer.out
        node["node"] = answer.node.map { .string($0.rawValue) } ?? .null
        node["each"] = answer.loop.map { .string($0.node.rawValue) } ?? .null
        node["ok"] = .bool(answer.problem == nil)
        node["problem"] = answer.problem.map { .string($0) } ?? .null
        return .object(node)
      })
    return .object(value)
  }
}

extension Scope {
  fileprivate func looking(at observation: Observation) -> Scope {
    var scope = self
    scope.now = observation
    return scope
  }
}
