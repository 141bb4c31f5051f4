package import Model
package import Planning
package import Transport

/// The read-only look at the nodes that a plan is made from: the files that will be replaced, and the diagnoses
/// that need no act before them.
package struct Survey: Sendable {
  let transport: any CommandTransport
  private let observer: Observer?
  private let secrets: [String: Secret]
  private let clock: any RunClock

  package init(
    transport: any CommandTransport, observer: Observer?, secrets: [String: Secret] = [:],
    clock: any RunClock = SystemClock()
  ) {
    self.clock = clock
    self.secrets = secrets
    self.transport = transport
    self.observer = observer
  }

  /// Plans, looks at what the plan names, and plans again until nothing is left to look at.
  package func plan(with planner: Planner, hostKeys: [NodeName: [String]]) async throws -> Plan {
    var facts = PlanningFacts(hostKeys: hostKeys)
    facts.observation = await observer?.observeSettled(patience: .seconds(3))
    // Each round finishes at least one step or file, so that it ends after as many as there are.
    while true {
      let draft = try planner.plan(facts)
      let steps = dueSteps(in: draft, facts: facts)
      let files = dueFiles(in: draft, facts: facts)
      let sights = Set(draft.steps.filter { !$0.isSkipped }.flatMap { $0.tasks.flatMap(\.sights) })
        .filter { facts.sights[$0] == nil }
      if steps.isEmpty && files.isEmpty && sights.isEmpty { return draft }
      for (sight, result) in await look(at: sights) { facts.sights[sight] = result }
      for (place, file) in await look(at: files) { facts.files[place] = file }
      for (step, result) in await diagnose(steps, of: draft, facts: facts, planner: planner) {
        facts.results[step] = result
      }
    }
  }

  private func dueSteps(in draft: Plan, facts: PlanningFacts) -> [PlannedStep] {
    let acts = Set(draft.steps.filter { $0.role == .act && !$0.isSkipped }.map(\.id))
    var tainted = acts
    var due: [PlannedStep] = []
    func isReady(_ step: PlannedStep) -> Bool {
      step.needs.allSatisfy { need in
        if case .passed? = facts.results[need] { return true }
        // A skipped step hands on what it would have waited for.
        return draft.step(need).map { $0.isSkipped && isReady($0) } ?? false
      }
    }
    for step in draft.steps {
      if step.needs.contains(where: tainted.contains) { tainted.insert(step.id) }
      guard step.role == .diagnose, !tainted.contains(step.id), !step.isSkipped, facts.results[step.id] == nil
      else { continue }
      if isReady(step) { due.append(step) }
    }
    return due
  }

  private func dueFiles(in draft: Plan, facts: PlanningFacts) -> [FilePlace] {
    var places: Set<FilePlace> = []
    for step in draft.steps where !step.isSkipped {
      for task in step.tasks {
        if case .file(let file) = task.work, case .node(let node) = task.place {
          places.insert(FilePlace(node: node, path: file.path))
        }
      }
    }
    return places.filter { facts.files[$0] == nil }
  }

  private func look(at places: [FilePlace]) async -> [(FilePlace, PreviousFile)] {
    await withTaskGroup(of: (FilePlace, PreviousFile).self) { group in
      for place in places {
        group.addTask {
          switch await RemoteFile.look(at: place.path, on: place.node, through: transport) {
          case .file(let file): (place, file)
          case .failed: (place, .unknown)
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  private func diagnose(
    _ steps: [PlannedStep], of draft: Plan, facts: PlanningFacts, planner: Planner
  ) async -> [(StepID, SurveyResult)] {
    let checker = StepChecker(transport: transport, observer: observer, secrets: secrets, clock: clock)
    let seen = Scope(planner, facts)
    return await withTaskGroup(of: (StepID, SurveyResult).self) { group in
      for step in steps {
        group.addTask { (step.id, await result(of: step, in: seen, checker)) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  /// Asks all of the step's nodes at the same time; what they say is judged in the step's order, so that the
  /// same answers always make the same plan.
  private func result(of step: PlannedStep, in scope: Scope, _ checker: StepChecker) async -> SurveyResult {
    let attempts = await withTaskGroup(of: (Int, StepChecker.Attempt).self) { group in
      for (index, task) in step.tasks.enumerated() {
        group.addTask { (index, await checker.check(step, task, in: scope) { Task.isCancelled }) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    var outputs = StepOutputs()
    for (index, attempt) in attempts.sorted(by: { $0.0 < $1.0 }) {
      guard case .done = attempt.outcome else {
        let place = if case .node(let node) = step.tasks[index].place { "\(node): " } else { "" }
        let reason = place + attempt.reason
        return attempt.isAnswered ? .failed(reason: reason) : .unanswered(reason: reason)
      }
      outputs.add(attempt.output.out, of: TaskKey(step.id, index))
    }
    return .passed(out: outputs[step.id] ?? [:])
  }
}
