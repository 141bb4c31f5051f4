import Model
package import Planning

extension RunMachine {
  /// Everything that may be done now; the same action is named again until its events have been applied.
  package var actions: [RunAction] {
    if takenOver != nil { return [] }
    return pause == nil ? dueActions : pausedActions
  }

  /// What would be due if nobody had asked the run to stop where it is.
  var dueActions: [RunAction] {
    switch phase {
    case .ended: []
    case .forward: forwardActions
    case .unwinding: unwindActions
    }
  }

  /// Nothing new is started; what is in flight ends, and what nobody knows is found out.
  private var pausedActions: [RunAction] {
    if case .ended = phase { return [] }
    if !unknown.isEmpty { return unknown.map { .settle($0) } }
    if tasks.values.contains(.running) || !runningUndos.isEmpty { return [] }
    return [.end(exit: ExitCode.interrupted.rawValue)]
  }

  private var unknown: [TaskKey] {
    tasks.filter { if case .unknown = $0.value { true } else { false } }.keys.sorted()
  }

  private var forwardActions: [RunAction] {
    let unknown = unknown
    if !unknown.isEmpty { return unknown.map { .settle($0) } }
    let retries = tasks.filter { if case .retryable = $0.value { true } else { false } }.keys.sorted()
      .map { RunAction.retry($0) }
    if let reason = interruption ?? firstFailure {
      if !retries.isEmpty { return retries }
      // What is in flight ends first: its outcome decides what there is to undo.
      if tasks.values.contains(.running) || !runningUndos.isEmpty { return [] }
      return [hasActed ? .unwind(reason: reason) : .end(exit: interruption == nil ? 4 : 7)]
    }
    // Found out once for all who need them.
    let passed = Set(plan.steps.filter { isPassed($0) }.map(\.id))
    if plan.steps.allSatisfy({ passed.contains($0.id) }) { return [.end(exit: 0)] }
    let withdrawals = undos.filter { $0.value == .pending }.keys.sorted().map { RunAction.undo($0) }
    let due = plan.steps.filter { !passed.contains($0.id) && $0.needs.allSatisfy(passed.contains) }
    return withoutEarlyQuestions(retries + withdrawals + due.flatMap(actions))
  }

  private func actions(of step: PlannedStep) -> [RunAction] {
    if case .when = step.condition, decisions[step.id] == nil { return [.decide(step.id)] }
    if step.role == .approve { return [.ask(step.id)] }
    let open = step.tasks.indices.filter { !isPassed(TaskKey(step.id, $0)) }
    let batch = open.map { step.tasks[$0].batch }.min()
    return open.filter { step.tasks[$0].batch == batch }.map { TaskKey(step.id, $0) }
      .filter { tasks[$0] == .pending }.map { .start($0) }
  }

  /// One step at a time: each undo is observed and guarded on what the one before it left.
  private var unwindActions: [RunAction] {
    let open = Set(undos.filter { $0.value == .pending || $0.value == .running }.keys.map(\.step))
    if let next = unwindOrder(of: open, in: plan.steps.map(\.id)).first {
      return undos.filter { $0.key.step == next && $0.value == .pending }.keys.sorted().map { .undo($0) }
    }
    guard let restoration else { return [.compare] }
    let isClean = restoration == .restored && owed.isEmpty && undecided.isEmpty
    return [.end(exit: isClean ? 5 : 6)]
  }

  private func isPassed(_ step: StepID) -> Bool { self.step(step).map { isPassed($0) } ?? false }

  package func isPassed(_ step: PlannedStep) -> Bool {
    // A skipped step is done for those that need it, but only once all is done that it would have waited for.
    if decisions[step.id] == false { return step.needs.allSatisfy(isPassed) }
    if case .when = step.condition, decisions[step.id] == nil { return false }
    // A step for each of nobody has nothing left to do.
    return step.tasks.indices.allSatisfy { isPassed(TaskKey(step.id, $0)) }
  }

  /// Done, or failed where that may be and left as it was found.
  private func isPassed(_ task: TaskKey) -> Bool {
    switch tasks[task] {
    case .done: true
    case .failed(_, let mayHaveActed):
      isTolerated(task) && (!mayHaveActed || step(task.step)?.role != .act || undos[task] == .undone)
    default: false
    }
  }

  /// Whether the step may go on without this task. An undo that is owed is nothing to go on with.
  func isTolerated(_ task: TaskKey) -> Bool {
    guard let step = step(task.step), step.tolerates > 0 else { return false }
    if case .owed? = undos[task] { return false }
    return failures(of: step).count <= step.tolerates
  }

  private func failures(of step: PlannedStep) -> [TaskKey] {
    step.tasks.indices.map { TaskKey(step.id, $0) }
      .filter { if case .failed? = tasks[$0] { true } else { false } }
  }

  /// What failed without failing its step, once the run has come through.
  package var tolerated: [(task: TaskKey, reason: String)] {
    plan.steps.filter { $0.tolerates > 0 }.flatMap(failures).compactMap { key in
      if case .failed(let reason, _)? = tasks[key] { (key, reason) } else { nil }
    }
  }

  /// Why the run cannot go on, if it cannot.
  package var firstFailure: String? {
    // It is asked after every event, and mostly there is none.
    guard tasks.values.contains(where: \.isFailure) else { return nil }
    for step in plan.steps {
      for index in step.tasks.indices {
        let key = TaskKey(step.id, index)
        switch tasks[key] {
        case .failed(let reason, _):
          if isTolerated(key) { continue }
          return "\(step.id): \(reason)"
        case .undecidable(let reason): return "\(step.id): nobody can say whether it happened: \(reason)"
        default: continue
        }
      }
    }
    return nil
  }

  package var owed: [(task: TaskKey, reason: String)] {
    undos.compactMap { key, state in
      if case .owed(let reason) = state { (key, reason) } else { nil }
    }.sorted { $0.task < $1.task }
  }

  package var undecided: [TaskKey] {
    tasks.filter { if case .undecidable = $0.value { true } else { false } }.keys.sorted()
  }

  /// What must still be typed before the run may go forward.
  package var unconfirmed: [String] {
    phase == .forward ? plan.dangerPhrases.filter { !confirmed.contains($0) } : []
  }

  package var undone: [TaskKey] { undos.filter { $0.value == .undone }.keys.sorted() }
  package var runningUndos: [TaskKey] { undos.filter { $0.value == .running }.keys.sorted() }
  package var running: [TaskKey] { tasks.filter { $0.value == .running }.keys.sorted() }
}

extension RunMachine.TaskState {
  fileprivate var isFailure: Bool {
    switch self {
    case .failed, .undecidable: true
    case .pending, .running, .done, .unknown, .retryable: false
    }
  }
}
