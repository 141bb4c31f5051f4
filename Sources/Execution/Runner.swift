package import Journal
package import Model
package import Planning
package import Transport

/// Performs what the run machine asks for. Everything that happens is journaled before the machine hears of it,
/// and an act's intent is on disk before its node does.
package actor Runner {
  package struct World: Sendable {
    package var run: RunID
    package var transport: any CommandTransport
    /// Nil for a run that touches no cluster.
    package var observer: Observer?
    package var nodes: [NodeName: Value.Object]
    package var rehearsal: Rehearsal?
    package var progress: @Sendable (RunEvent) -> Void
    /// Only for what is written or read on a node, at the moment when it is.
    package var secrets: [String: Secret] = [:]
    package var clock: any RunClock = SystemClock()
    /// Asks a person; by default there is none.
    package var approve: ApprovalDesk = { _, _ in .nobody }
    /// How long the cluster may take to be as before once all is undone.
    package var comparing = Duration.seconds(30)
    /// What a person says of outcomes that nobody else can tell.
    package var rulings: [TaskKey: PersonsWord] = [:]
    /// Under whose number acts are sent; nil for a run that holds no cluster.
    package var lock: (any RunLock)?
    /// Who had unlocked the cluster before, and why; journaled with the number.
    package var lockedAfter: String?

    package init(
      run: RunID, transport: any CommandTransport, observer: Observer?, nodes: [NodeName: Value.Object],
      rehearsal: Rehearsal? = nil, progress: @escaping @Sendable (RunEvent) -> Void
    ) {
      self.run = run
      self.transport = transport
      self.observer = observer
      self.nodes = nodes
      self.rehearsal = rehearsal
      self.progress = progress
    }
  }

  let world: World
  let journal: JournalWriter
  let endReserve: Int
  private(set) var machine: RunMachine
  private(set) var scope: Scope
  private(set) var printed: [StepID: String]
  private var outputs: StepOutputs
  var journalFailure: (any Error)?
  /// A sync that is about to be made, for all who wait for it.
  var isSyncDue = false
  var waitingForSync: [CheckedContinuation<Void, Never>] = []
  /// Actions that were handed out and have not begun.
  private(set) var setOut = 0

  package init(
    world: World, machine: RunMachine, outputs: StepOutputs, printed: [StepID: String] = [:],
    journal: JournalWriter
  ) {
    self.printed = printed
    self.world = world
    self.machine = machine
    self.journal = journal
    endReserve = Self.endReserve(of: machine.plan)
    scope = Scope(
      nodes: world.nodes, inputs: machine.plan.inputs, before: machine.plan.before, now: machine.plan.before)
    self.outputs = outputs
    scope.steps = outputs.ofSteps
    scope.run = world.run
  }

  var plan: Plan { machine.plan }

  /// Ends with the exit code, or throws what kept the journal from being written.
  package func run() async throws -> ExitCode {
    if let fence = world.lock?.fence { record(.locked(fence: fence, after: world.lockedAfter)) }
    try forgetInterruptedWork()
    for key in machine.undecided { applyRuling(on: key) }
    let exit = await withTaskGroup(of: RunAction.self, returning: ExitCode?.self) { group in
      var inFlight: Set<RunAction> = []
      while journalFailure == nil, !Task.isCancelled {
        for action in machine.actions where !inFlight.contains(action) {
          // One change of the membership at a time: two that are each safe alone may cost the quorum together.
          if isGuarded(action), inFlight.contains(where: isGuarded) { continue }
          if case .end(let exit) = action {
            if inFlight.isEmpty { return finish(exit) }
            continue
          }
          inFlight.insert(action)
          setOut += 1
          group.addTask {
            await self.perform(action)
            return action
          }
        }
        guard let finished = await group.next() else {
          return machine.takenOver == nil ? .internalError : .busy
        }
        inFlight.remove(finished)
      }
      return nil
    }
    if let journalFailure { throw journalFailure }
    if exit == .done || exit == .rolledBack { await forgetReceipts() }
    return exit ?? .interrupted
  }

  /// Ctrl-C once: nothing new is started, what is in flight ends, and the run unwinds.
  package func interrupt(_ reason: String) {
    if case .ended = machine.phase { return }
    record(.interrupted(reason: reason))
  }

  package func sign(_ signatures: [PlanSignature]) {
    for signature in signatures { record(.signed(signature: signature)) }
  }

  package func confirm(_ phrases: [String], by operatorName: String) {
    for phrase in phrases { record(.confirmed(phrase: phrase, by: operatorName)) }
  }

  package func resumed(by operatorName: String) { record(.resumed(by: operatorName)) }

  /// Ctrl-C where what was done is to stay: what is in flight ends, and the run can be taken up again.
  package func pause(_ reason: String) {
    if case .ended = machine.phase { return }
    record(.paused(reason: reason))
  }

  /// From here on the run is undone, whatever became of it.
  package func reopen(by operatorName: String, why: String) {
    record(.reopened(by: operatorName, why: why))
  }

  /// Stops the run where it is: what is in flight ends, nothing is begun, nothing is undone.
  package func takenOver(by reason: String) {
    if machine.takenOver == nil { record(.takenOver(by: reason)) }
  }

  /// Whether the cluster may be half changed: then nobody else should have it before this run is taken up.
  package var mustKeepTheLock: Bool { machine.mayBeHalfDone }

  /// Where acts went: these nodes know the number.
  package var touchedNodes: Set<NodeName> {
    Set(machine.sentTo.values).union(machine.undoSentTo.values).subtracting([.controller])
  }

  /// Journals an event and applies it; what is sent to a node waits for `secure()` as well. After one failed write
  /// nothing is recorded and nothing more is started.
  func record(_ event: RunEvent) {
    guard journalFailure == nil else { return }
    do {
      // Only what may follow is written: a journal that contradicts itself could not be read again.
      var next = machine
      try next.apply(event)
      // Every record is on the disk before anything else happens; only an intent is synced together with those of the
      // steps that start at the same time, and nothing is sent before it is.
      try journal.append(try RunLog.entry(event), durable: !JournalFormat.mayShareSync(event.kind))
      machine = next
      event.notePrinted(in: &printed)
      world.progress(event)
    } catch {
      journalFailure = error
    }
  }

  var canAct: Bool { journalFailure == nil && !Task.isCancelled }

  /// While a task got ready, another may have failed or the operator have interrupted the run.
  func isStillToStart(_ key: TaskKey) -> Bool { canAct && machine.actions.contains(.start(key)) }

  private func isGuarded(_ action: RunAction) -> Bool {
    guard case .start(let key) = action else { return false }
    return machine.step(key.step)?.effect != nil
  }

  func remember(_ observation: Observation) { scope.now = observation }
  func remember(_ out: Value.Object, of task: TaskKey) {
    outputs.add(out, of: task)
    scope.steps[task.step] = outputs[task.step]
  }

  private func perform(_ action: RunAction) async {
    setOut -= 1
    switch action {
    case .decide(let step): await decide(step)
    case .start(let key): await start(key)
    case .ask(let step): await ask(step)
    case .settle(let key): await settle(key)
    case .retry(let key): await retry(key)
    case .unwind(let reason): record(.unwinding(reason: reason))
    case .undo(let key): await undo(key)
    case .compare: await compare()
    case .end: break
    }
  }

  /// What was in flight when an earlier controller ended: nobody knows how it went until somebody asks.
  private func forgetInterruptedWork() throws {
    for key in machine.running {
      record(
        .finished(task: key, outcome: .unknown(reason: "belay ended while it ran"), output: TaskOutput()))
    }
    if let journalFailure { throw journalFailure }
  }

  private func finish(_ exit: Int) -> ExitCode? {
    let code = ExitCode(rawValue: exit) ?? .internalError
    // An interrupted run has not ended: it can be resumed.
    if code != .interrupted {
      record(.ended(exit: exit, summary: summary(exit: code)))
      journal.releaseReserve()
    }
    return journalFailure == nil ? code : nil
  }

  /// Best effort: what is left of it on a node does no harm.
  private func forgetReceipts() async {
    // In an order that is the same each time: a set has none.
    var commands: [CleanUp] = []
    var known: Set<CleanUp> = []
    func add(_ node: NodeName, _ command: String) {
      let cleanUp = CleanUp(node: node, command: command)
      if known.insert(cleanUp).inserted { commands.append(cleanUp) }
    }
    for step in plan.steps where step.role == .act {
      for (index, task) in step.tasks.enumerated() {
        let key = TaskKey(step.id, index)
        guard let node = machine.sentTo[key] else { continue }
        for node in [node, machine.undoSentTo[key] ?? node] {
          add(node, Receipt.forgetCommand(run: world.run, fence: fence(for: node)))
        }
        if let command = task.work.act?.forgetCommand(in: site(key)) {
          add(node, command)
        }
      }
    }
    let transport = world.transport
    await withTaskGroup(of: Void.self) { group in
      for cleanUp in commands {
        group.addTask {
          _ = try? await transport.run(
            CommandRequest(node: cleanUp.node, command: cleanUp.command, timeout: .seconds(10)))
        }
      }
    }
  }

  private struct CleanUp: Hashable {
    var node: NodeName
    var command: String
  }
}

/// Somebody's decision on what can no longer be found out.
package struct PersonsWord: Hashable, Sendable {
  package var ruling: Ruling
  package var by: String
  package var because: String

  package init(ruling: Ruling, by: String, because: String) {
    self.ruling = ruling
    self.by = by
    self.because = because
  }
}

/// A failure made on purpose, to see a runbook's way back on a cluster that may break.
package struct Rehearsal: Sendable, Hashable {
  package enum Moment: String, CaseIterable, Sendable { case before, at, after }
  package var step: StepID
  package var moment: Moment

  package init(step: StepID, moment: Moment) {
    self.step = step
    self.moment = moment
  }
}
