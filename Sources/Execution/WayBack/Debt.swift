package import Model
import Planning

/// One thing that a run left for a person, or for `belay rollback`, to see to.
package struct Debt: Hashable, Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    /// An undo that could not be done.
    case undo
    /// An act of which nobody knows whether it happened.
    case unknown
    /// A point of no return that was passed.
    case irreversible
    /// The cluster is not as before, or nobody could tell.
    case cluster
  }

  package var kind: Kind
  package var task: TaskKey?
  package var node: NodeName?
  /// The undo's command as it was last sent, else as the plan has it.
  package var command: String?
  package var why: String

  package var text: String {
    let step = task?.step.rawValue ?? ""
    return switch kind {
    case .undo: "undo of \(step): \(why)"
    case .unknown: "step \(step): find out whether it happened"
    case .irreversible: "step \(step) cannot be undone: \(why)"
    case .cluster: why
    }
  }
}

extension RunMachine {
  /// What a run that went back, or is on its way back, still owes.
  package var debts: [Debt] {
    var debts = owed.map { task, reason in
      Debt(
        kind: .undo, task: task, node: undoSentTo[task] ?? sentTo[task], command: undoCommand(of: task),
        why: reason)
    }
    debts += undecided.map { task in
      var why = "nobody can say whether it happened"
      if case .undecidable(let reason)? = tasks[task] { why += ": \(reason)" }
      return Debt(kind: .unknown, task: task, node: sentTo[task], why: why)
    }
    debts += irreversible.map {
      Debt(kind: .irreversible, task: $0.task, node: sentTo[$0.task], why: $0.because)
    }
    switch restoration {
    case .differs(let differences)?: debts += differences.map { Debt(kind: .cluster, why: $0) }
    case .unknown(let reason)?:
      debts.append(
        Debt(kind: .cluster, why: "the cluster could not be compared with before: \(reason)"))
    default: break
    }
    return debts
  }

  /// Points of no return that the run has passed.
  package var irreversible: [(task: TaskKey, because: String)] {
    plan.pointsOfNoReturn.flatMap { step in
      guard case .none(let because) = step.undo else { return [(task: TaskKey, because: String)]() }
      return step.tasks.indices.map { TaskKey(step.id, $0) }.filter { tasks[$0] == .done }.prefix(1)
        .map { ($0, because) }
    }
  }

  /// Whether anything of it is still for somebody to do.
  package var isOwing: Bool {
    if case .ended(exit: 6) = phase { return true }
    return !owed.isEmpty || !undecided.isEmpty
  }

  private func undoCommand(of task: TaskKey) -> String? {
    if let sent = undoCommands[task] { return sent }
    guard let planned = plan.step(task.step)?.tasks[task.index] else { return nil }
    return planned.undo?.display ?? planned.work.act?.undoDisplay
  }
}
