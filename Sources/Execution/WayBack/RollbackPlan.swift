package import Model
package import Planning

/// What undoing a run now would take, to be read before anything is touched. Inert, like every plan: each undo is
/// looked at, judged and journaled again when its turn comes.
package struct RollbackPlan: Sendable {
  package struct Undo: Hashable, Sendable {
    package var task: TaskKey
    package var title: String
    package var node: NodeName?
    package var command: String
    package var effect: PlannedEffect?
    package var verdict: GuardVerdict?
    package var declared: [DeclaredVerdict] = []
    /// As it will be once this undo is done.
    package var membership: Membership?
    /// Why it cannot be done as things are: it will stay owed.
    package var obstacle: String?
    /// Why it was not done before, or what is asked first.
    package var note: String?
  }

  package struct Remark: Hashable, Sendable {
    package var task: TaskKey
    package var why: String
  }

  package var run: RunID
  package var plan: Plan
  package var observation: Observation?
  /// In the order in which they will be done.
  package var undos: [Undo] = []
  /// Nothing is left of these.
  package var needless: [Remark] = []
  /// Undone before, by an earlier way back.
  package var undone: [TaskKey] = []
  /// Undone by the undo of another act.
  package var covered: [Remark] = []
  /// Points of no return that the run passed.
  package var irreversible: [Remark] = []
  /// How the cluster differs now from how the run left it.
  package var changes: [String] = []

  /// Why nothing is to be done, said of a run that needs no plan.
  package static func needlessness(of machine: RunMachine) -> String? {
    if case .ended(exit: 5) = machine.phase {
      return "is rolled back already"
    }
    return machine.hasActed ? nil : "changed nothing"
  }

  /// `files`: what was found where the run wrote files.
  package init(
    _ replay: RunLog.Replay, seeing observation: Observation?, files: [TaskKey: RemoteFile.LookResult],
    nodes: [NodeName: Value.Object], secrets: [String: Secret], by person: String
  ) throws {
    var machine = replay.machine
    try machine.apply(.reopened(by: person, why: "to see what it would take"))
    run = replay.start.run
    plan = machine.plan
    self.observation = observation
    var scope = Scope(nodes: nodes, inputs: plan.inputs, before: plan.before, now: observation)
    scope.steps = replay.outputs.ofSteps
    scope.run = run
    var work = UndoPreparation(machine: machine, scope: scope, run: run, secrets: secrets)
    if let left = machine.left, let now = observation?.membership {
      changes = left.differences(from: now)
    }
    noteWhatStays(machine)
    for id in unwindOrder(of: Set(plan.steps.map(\.id)), in: plan.steps.map(\.id)) {
      guard let step = plan.step(id), step.role == .act, step.undo.acts else { continue }
      for key in step.tasks.indices.map({ TaskKey(id, $0) }) where machine.mayBeUndone(key) {
        add(key, step, &work, earlier: replay.machine, file: files[key], nodes)
      }
    }
  }

  private mutating func add(
    _ key: TaskKey, _ step: PlannedStep, _ work: inout UndoPreparation, earlier: RunMachine,
    file: RemoteFile.LookResult?, _ nodes: [NodeName: Value.Object]
  ) {
    let task = step.tasks[key.index]
    var undo = Undo(task: key, title: step.title, command: task.undo?.display ?? "")
    undo.effect = step.undo.effect
    undo.note = work.machine.note(on: key, earlier)
    switch work.standing(of: key, step) {
    case .nothing(let why): return needless.append(Remark(task: key, why: why))
    case .blocked(let why): undo.obstacle = why
    case .due: break
    }
    undo.node = work.node(of: key, step)
    if let node = undo.node {
      do {
        undo.command = try work.order(for: key, step, on: node).display
      } catch {
        undo.command = task.work.act?.undoDisplay ?? undo.command
        undo.obstacle = undo.obstacle ?? "\(error)"
      }
      undo.obstacle = undo.obstacle ?? silence(of: node)
    } else {
      undo.obstacle = undo.obstacle ?? "no node to undo it on is known"
    }
    judge(&undo, &work, step, nodes)
    if work.machine.hasEndedWell { undo.obstacle = undo.obstacle ?? task.work.lossAfterwards }
    // Of several acts on one file only the last one's content can be there.
    if case .file(let written) = task.work, let file, isFirst(written.path, on: undo.node) {
      undo.obstacle = undo.obstacle ?? written.changeSince(file)
    }
    undos.append(undo)
  }

  private func isFirst(_ path: String, on node: NodeName?) -> Bool {
    !undos.contains { undo in
      guard undo.node == node, case .file(let file)? = plan.step(undo.task.step)?.tasks[undo.task.index].work
      else { return false }
      return file.path == path
    }
  }

  /// On the membership that the undos before it leave.
  private func judge(
    _ undo: inout Undo, _ work: inout UndoPreparation, _ step: PlannedStep, _ nodes: [NodeName: Value.Object]
  ) {
    guard let effect = undo.effect else { return }
    guard let membership = work.scope.now?.membership else {
      if plan.isJudged(effect) { undo.obstacle = undo.obstacle ?? "the membership is not agreed on" }
      return
    }
    undo.verdict = membership.judge(effect)
    undo.declared = plan.declaredVerdicts(of: effect, on: membership, nodes)
    if let verdict = undo.verdict, verdict.decision != .allow {
      undo.obstacle = undo.obstacle ?? "\(effect.kind.rawValue) \(effect.node): \(verdict.reason)"
    }
    if let refusal = undo.declared.first(where: { $0.decision == .refuse }) {
      undo.obstacle = undo.obstacle ?? "\(effect.kind.rawValue) \(effect.node): \(refusal.text)"
    }
    guard undo.obstacle == nil else { return }
    let next = membership.applying(effect.kind, to: effect.node)
    undo.membership = next
    work.scope.now?.membership = next
  }

  private func silence(of node: NodeName) -> String? {
    guard let report = observation?.reports.first(where: { $0.node == node }),
      case .unreachable(let why, _) = report.answer
    else { return nil }
    return "\(node) cannot be reached: \(why)"
  }

  private mutating func noteWhatStays(_ machine: RunMachine) {
    undone = machine.undone
    irreversible = machine.irreversible.map { Remark(task: $0.task, why: $0.because) }
    for step in plan.steps {
      guard case .covered(let by) = step.undo else { continue }
      for key in step.tasks.indices.map({ TaskKey(step.id, $0) }) where machine.mayBeUndone(key) {
        covered.append(Remark(task: key, why: by.rawValue))
      }
    }
  }

  /// What a person agreed to, line by line: if it reads otherwise under the lock, nobody has agreed to that.
  package var substance: [String] {
    undos.map { undo in
      "undo of \(undo.task)\(undo.node.map { " @\($0)" } ?? ""): \(undo.command)"
        + (undo.obstacle.map { " (cannot be done: \($0))" } ?? "")
    } + needless.map { "nothing to undo for \($0.task): \($0.why)" }
  }
}

extension RunMachine {
  fileprivate func note(on key: TaskKey, _ earlier: RunMachine) -> String? {
    if case .owed(let reason)? = earlier.undos[key] { return "owed since the last way back: \(reason)" }
    switch tasks[key] {
    case .unknown(let why): return "whether it happened is asked first: \(why)"
    case .running: return "whether it happened is asked first: belay ended while it ran"
    case .failed(let why, _): return "it failed and may have acted in part: \(why)"
    default: return nil
    }
  }
}

extension PlannedFile {
  /// Why it must stay as it is: it is neither what the run wrote nor what was there before.
  fileprivate func changeSince(_ sight: RemoteFile.LookResult) -> String? {
    guard parts == nil else { return nil }
    switch sight {
    case .failed(let why): return why
    case .file(.absent): return previous == .absent ? nil : "\(path) was removed since the run"
    case .file(.present(let now, _, _)):
      if now == content { return nil }
      if case .present(now, _, _) = previous { return nil }
      return "\(path) was changed since the run, and is left as it is"
    case .file(.unknown): return nil
    }
  }
}

extension Membership {
  /// Who was there and is not, and who is there besides, under which identity and with which vote.
  package func differences(from now: Membership) -> [String] {
    identity.subtracting(now.identity).sorted().map { "missing: \($0)" }
      + now.identity.subtracting(identity).sorted().map { "left over: \($0)" }
  }
}
