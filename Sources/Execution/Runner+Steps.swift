import Expressions
import Model
import Planning

/// Starting steps: read-only ones are asked until they hold, acts are guarded and run once.
extension Runner {
  func decide(_ id: StepID) async {
    guard let step = plan.step(id), case .when(let text) = step.condition else { return }
    await look(purpose: "when of \(id)")
    do {
      let runs = try Query.compile(text).isTrue(.null, scope.inside(step.locals).bindings)
      record(.decided(step: id, runs: runs))
    } catch {
      // Nobody knows whether it is wanted: going on without it would be as wrong as doing it.
      record(.decided(step: id, runs: true))
      for index in step.tasks.indices {
        let outcome = TaskOutcome.refused(reason: "when: \(error.message)")
        record(.finished(task: TaskKey(id, index), outcome: outcome, output: TaskOutput()))
      }
    }
  }

  func start(_ key: TaskKey) async {
    guard let step = plan.step(key.step) else { return }
    let task = step.tasks[key.index]
    if step.role == .act {
      await act(step, task, key)
    } else {
      await check(step, task, key)
    }
  }

  /// Takes a fresh look at the cluster and journals it.
  @discardableResult
  func look(purpose: String) async -> Observation? {
    guard let observer = world.observer else { return nil }
    let observation = await observer.observeSettled()
    remember(observation)
    record(.observed(purpose: purpose, observation: observation))
    return observation
  }

  private func check(_ step: PlannedStep, _ task: PlannedTask, _ key: TaskKey) async {
    guard isStillToStart(key) else { return }
    let scope = scope
    record(
      .intended(
        task: key, node: checker.node(of: task.place, in: scope), command: task.work.display,
        attempt: nextAttempt(key)))
    let attempt = await checker.check(step, task, in: scope) { self.isStopping }
    // What was given up finds nothing out.
    guard canAct else { return }
    if let observation = attempt.observation { remember(observation) }
    if attempt.outcome == .done { remember(attempt.output.out, of: key) }
    record(.finished(task: key, outcome: attempt.outcome, output: attempt.output))
  }

  func nextAttempt(_ key: TaskKey) -> Int { (machine.attempts[key] ?? 0) + 1 }

  var isStopping: Bool { !canAct || machine.interruption != nil || machine.pause != nil }

  var checker: StepChecker {
    StepChecker(
      transport: world.transport, observer: world.observer, secrets: world.secrets, clock: world.clock)
  }

  func currentNode(_ place: PlannedTask.Place) -> NodeName? { checker.node(of: place, in: scope) }
}
