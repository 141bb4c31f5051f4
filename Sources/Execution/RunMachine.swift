package import Model
package import Planning

/// What the runner is to do next.
package enum RunAction: Hashable, Sendable {
  case decide(StepID)
  case start(TaskKey)
  case ask(StepID)
  case settle(TaskKey)
  case retry(TaskKey)
  case unwind(reason: String)
  case undo(TaskKey)
  case compare
  case end(exit: Int)
}

/// An event that cannot follow what came before: a damaged journal or a defect of ours, never to be ignored.
package struct IllegalEvent: Error, Hashable, Sendable {
  package var reason: String
}

/// The whole state of a run as a function of its events. No input, no output, no clock.
package struct RunMachine: Sendable {
  package enum Phase: Hashable, Sendable {
    case forward
    case unwinding(reason: String)
    case ended(exit: Int)
  }

  package enum TaskState: Hashable, Sendable {
    case pending, running, done
    case failed(reason: String, mayHaveActed: Bool)
    case unknown(reason: String)
    /// It failed, and may be tried again if it had no effect.
    case retryable(reason: String)
    case undecidable(reason: String)
  }

  package enum UndoState: Hashable, Sendable {
    case pending, running, undone
    case owed(reason: String)
  }

  package let plan: Plan
  package private(set) var phase = Phase.forward
  package private(set) var tasks: [TaskKey: TaskState] = [:]
  package private(set) var undos: [TaskKey: UndoState] = [:]
  package private(set) var decisions: [StepID: Bool] = [:]
  package private(set) var interruption: String?
  package private(set) var restoration: Restoration?
  /// Where each task was sent: a receipt lies there, whoever leads by now.
  package private(set) var sentTo: [TaskKey: NodeName] = [:]
  package private(set) var attempts: [TaskKey: Int] = [:]
  package private(set) var retries: [TaskKey: Int] = [:]
  package private(set) var undoAttempts: [TaskKey: Int] = [:]
  /// Where each undo was last sent, for the same reason.
  package private(set) var undoSentTo: [TaskKey: NodeName] = [:]
  /// What was sent there.
  package private(set) var undoCommands: [TaskKey: String] = [:]
  /// The approve step that the run has stopped for.
  package private(set) var waitingFor: StepID?
  /// The number under which the run holds its cluster; nil for one that holds none.
  package private(set) var fence: Fence?
  /// Who holds it by now, if that is somebody else. What is in flight may end, nothing is begun.
  package private(set) var takenOver: String?
  /// What the operator has typed.
  package private(set) var confirmed: Set<String> = []
  /// Of the author and of those who agreed to the plan.
  package private(set) var signatures: [PlanSignature] = []
  /// Whether any act was ever intended: before that, nothing can have changed.
  package private(set) var hasActed = false
  /// Why the run stops here and keeps what was done.
  package private(set) var pause: String?
  /// Who wants the run undone. From then on it only goes back, whoever takes it up.
  package private(set) var reopening: Reopening?
  /// How often a person has said that a task never happened: it then starts with a receipt of its own.
  package private(set) var restarts: [TaskKey: Int] = [:]
  /// Whether it once ended well: what nodes keep for the way back was removed then.
  package private(set) var hasEndedWell = false
  package private(set) var lastSeen: Membership?
  /// The membership as the run left it when it ended.
  package private(set) var left: Membership?

  /// Where each step stands in the plan: they are looked up for every action of every event.
  private let places: [StepID: Int]

  package struct Reopening: Hashable, Sendable {
    package var by: String
    package var why: String
  }

  package init(plan: Plan) {
    self.plan = plan
    places = Dictionary(plan.steps.enumerated().map { ($1.id, $0) }) { first, _ in first }
    for step in plan.steps {
      for index in step.tasks.indices { tasks[TaskKey(step.id, index)] = .pending }
      if step.isSkipped { decisions[step.id] = false }
    }
  }

  func step(_ id: StepID) -> PlannedStep? { places[id].map { plan.steps[$0] } }

  package mutating func apply(_ event: RunEvent) throws(IllegalEvent) {
    if case .ended = phase, !event.isReopening {
      throw IllegalEvent(reason: "the run has ended, yet \(event.kind) follows")
    }
    switch event {
    case .guarded, .judged: break
    case .observed(_, let observation): lastSeen = observation.membership ?? lastSeen
    case .reopened(let person, let why): try reopen(Reopening(by: person, why: why))
    case .paused(let reason): pause = pause ?? reason
    case .ruled(let task, let ruling, let person, let because):
      try settle(task, ruling, "\(person) says so: \(because)")
    // Whoever takes the run up again means it to go on. An undo that was under way is due again: it finds out
    // for itself whether anything is left to undo.
    case .resumed:
      interruption = reopening?.why
      pause = nil
      waitingFor = nil
      takenOver = nil
      for task in runningUndos { undos[task] = .pending }
    case .locked(let fence, _):
      guard fence.cluster == plan.cluster, fence.token > self.fence?.token ?? 0 else {
        throw IllegalEvent(
          reason: "token \(fence.token) of \(fence.cluster) is none that this run may have now")
      }
      self.fence = fence
    case .takenOver(let reason):
      takenOver = takenOver ?? reason
    case .decided(let step, let runs):
      guard decisions[step] == nil, self.step(step) != nil else {
        throw IllegalEvent(reason: "step \(step) was decided already, or is not in the plan")
      }
      decisions[step] = runs
    case .awaiting(let step):
      guard actions.contains(.ask(step)) else { throw IllegalEvent(reason: "\(step) asks nobody now") }
      waitingFor = step
    case .answered(let step, let approved, let person, let why):
      guard actions.contains(.ask(step)) else { throw IllegalEvent(reason: "\(step) asks nobody now") }
      tasks[TaskKey(step, 0)] = outcome(approved: approved, by: person, why: why)
    case .signed(let signature):
      guard plan.approval != nil, !hasActed else {
        throw IllegalEvent(reason: "nobody signs this plan now")
      }
      signatures.append(signature)
    case .confirmed(let phrase, _):
      guard plan.dangerPhrases.contains(phrase) else {
        throw IllegalEvent(reason: "the plan asks for no such phrase: \(phrase)")
      }
      confirmed.insert(phrase)
    case .intended(let task, let node, _, _):
      guard actions.contains(.start(task)) else {
        throw IllegalEvent(reason: "\(task) is not to be started now")
      }
      if step(task.step)?.role == .act,
        let missing = plan.dangerPhrases(of: task.step).first(where: { !confirmed.contains($0) })
      {
        throw IllegalEvent(reason: "nobody has confirmed: \(missing)")
      }
      if step(task.step)?.role == .act, let approval = plan.approval,
        !ApprovalTally(approval, signatures).isEnough
      {
        throw IllegalEvent(reason: "the plan is not approved by \(approval.required) besides its author")
      }
      try move(task, from: [.pending], to: .running)
      sentTo[task] = node
      attempts[task, default: 0] += 1
      if step(task.step)?.role == .act { hasActed = true }
    case .finished(let task, let outcome, _):
      try finish(task, outcome)
      withdraw(task)
    case .settled(let task, let settlement, _):
      try settle(task, settlement)
      withdraw(task)
    case .retried(let task, let again, let why):
      guard dueActions.contains(.retry(task)), case .retryable? = tasks[task] else {
        throw IllegalEvent(reason: "\(task) is not to be tried again now")
      }
      retries[task, default: 0] += again ? 1 : 0
      tasks[task] = again ? .pending : .failed(reason: why, mayHaveActed: true)
      withdraw(task)
    case .interrupted(let reason): interruption = interruption ?? reason
    case .unwinding(let reason): try startUnwinding(reason)
    case .undoIntended(let task, let node, let command, _):
      guard actions.contains(.undo(task)) else {
        throw IllegalEvent(reason: "the undo of \(task) is not due")
      }
      undos[task] = .running
      undoAttempts[task, default: 0] += 1
      undoSentTo[task] = node
      undoCommands[task] = command
    case .undoFinished(let task, let outcome, _):
      guard undos[task] == .running || dueActions.contains(.undo(task)) else {
        throw IllegalEvent(reason: "the undo of \(task) was not started and is not due")
      }
      if case .owed(let reason) = outcome {
        undos[task] = .owed(reason: reason)
      } else {
        undos[task] = .undone
      }
    case .compared(let restoration):
      guard dueActions.contains(.compare) else {
        throw IllegalEvent(reason: "there is nothing to compare yet")
      }
      self.restoration = restoration
    case .ended(let exit, _):
      guard actions.contains(.end(exit: exit)) else {
        throw IllegalEvent(reason: "the run cannot end with \(exit) here")
      }
      phase = .ended(exit: exit)
      if exit == 0 { hasEndedWell = true }
    }
  }

  /// Whether the run acted and has not come to an end.
  package var mayBeHalfDone: Bool { if case .ended = phase { false } else { hasActed } }

  /// Where a run stands that somebody has interrupted: what nobody knew is asked again, what is owed becomes due
  /// again, and the way back begins anew with what is not undone yet.
  private mutating func reopen(_ request: Reopening) throws(IllegalEvent) {
    if case .ended(let exit) = phase {
      guard [0, 6].contains(exit) else {
        throw IllegalEvent(reason: "the run ended with \(exit) and left nothing to undo")
      }
    }
    guard hasActed else { throw IllegalEvent(reason: "the run changed nothing, so nothing is to be undone") }
    if case .ended = phase { left = lastSeen }
    reopening = request
    phase = .forward
    interruption = request.why
    pause = nil
    takenOver = nil
    waitingFor = nil
    restoration = nil
    undos = undos.filter { $0.value == .undone }
    for (task, state) in tasks {
      if case .undecidable(let reason) = state { tasks[task] = .unknown(reason: reason) }
    }
  }

  /// A person's word stands only where nothing else can tell.
  private mutating func settle(_ task: TaskKey, _ ruling: Ruling, _ word: String) throws(IllegalEvent) {
    guard case .undecidable? = tasks[task] else {
      throw IllegalEvent(reason: "the outcome of \(task) is not undecidable, so nobody is to decide on it")
    }
    switch ruling {
    case .done: tasks[task] = .done
    case .failed: tasks[task] = .failed(reason: word, mayHaveActed: true)
    case .never where phase == .forward:
      tasks[task] = .pending
      restarts[task, default: 0] += 1
    case .never:
      tasks[task] = .failed(reason: word, mayHaveActed: actedBefore(task))
      if undos[task] == .pending, !actedBefore(task) { undos[task] = nil }
    }
  }

  private mutating func move(_ task: TaskKey, from allowed: [TaskState], to next: TaskState)
    throws(IllegalEvent)
  {
    guard let state = tasks[task], allowed.contains(state) else {
      throw IllegalEvent(reason: "\(task) is \(tasks[task].map { "\($0)" } ?? "not in the plan")")
    }
    tasks[task] = next
  }

  private mutating func finish(_ task: TaskKey, _ outcome: TaskOutcome) throws(IllegalEvent) {
    switch outcome {
    case .refused(let reason):
      try move(task, from: [.pending], to: .failed(reason: reason, mayHaveActed: actedBefore(task)))
    case .done: try move(task, from: [.running], to: .done)
    case .failed(let reason):
      try move(
        task, from: [.running],
        to: mayRetry(task) ? .retryable(reason: reason) : .failed(reason: reason, mayHaveActed: true))
    case .unknown(let reason): try move(task, from: [.running], to: .unknown(reason: reason))
    }
  }

  /// An act that failed where its step can do without it is undone at once.
  private mutating func withdraw(_ task: TaskKey) {
    guard case .failed(_, mayHaveActed: true)? = tasks[task], step(task.step)?.role == .act,
      isTolerated(task), undos[task] == nil
    else { return }
    undos[task] = .pending
  }

  /// Whether it failed before, and is tried again: what it left then is there whatever becomes of the next attempt.
  private func actedBefore(_ task: TaskKey) -> Bool { retries[task, default: 0] > 0 }

  /// It did something, may have, or nobody knows yet.
  package func mayBeUndone(_ key: TaskKey) -> Bool {
    if undos[key] == .undone { return false }
    return switch tasks[key] {
    case .done, .failed(_, mayHaveActed: true), .unknown, .running, .retryable, .undecidable: true
    case .pending, .failed(_, mayHaveActed: false), nil: actedBefore(key)
    }
  }

  private func mayRetry(_ task: TaskKey) -> Bool {
    guard let limit = step(task.step)?.retries?.times else { return false }
    return retries[task, default: 0] < limit
  }

  private mutating func settle(_ task: TaskKey, _ settlement: Settlement) throws(IllegalEvent) {
    guard case .unknown? = tasks[task] else {
      throw IllegalEvent(reason: "the outcome of \(task) is not unknown, so nothing is to be settled")
    }
    switch settlement {
    case .done: tasks[task] = .done
    case .failed(let reason):
      tasks[task] = mayRetry(task) ? .retryable(reason: reason) : .failed(reason: reason, mayHaveActed: true)
    case .without(let why): tasks[task] = .failed(reason: why, mayHaveActed: actedBefore(task))
    case .neverStarted: tasks[task] = .pending
    case .undecidable(let reason): tasks[task] = .undecidable(reason: reason)
    }
  }

  private mutating func startUnwinding(_ reason: String) throws(IllegalEvent) {
    let isOpen = tasks.values.contains {
      switch $0 {
      case .unknown, .retryable, .running: true
      default: false
      }
    }
    guard phase == .forward, !isOpen, runningUndos.isEmpty else {
      throw IllegalEvent(
        reason: "the unwind starts while a step's outcome is open or another unwind is under way")
    }
    phase = .unwinding(reason: reason)
    for step in plan.steps where step.role == .act && step.undo.acts {
      for index in step.tasks.indices {
        let key = TaskKey(step.id, index)
        if mayBeUndone(key) { undos[key] = .pending }
      }
    }
  }
}
