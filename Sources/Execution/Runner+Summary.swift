package import Model
import Planning

extension Runner {
  func summary(exit: ExitCode) -> RunSummary { machine.summary(exit: exit, run: world.run) }
}

extension RunMachine {
  /// What happened, what was undone, what is still owed, and what to type next.
  package func summary(exit: ExitCode, run: RunID) -> RunSummary {
    let reason = pause ?? interruption ?? firstFailure ?? "nothing failed"
    let backwards = unwindOrder(of: Set(undone.map(\.step)), in: plan.steps.map(\.id)).map(\.rawValue)
    if exit == .interrupted, let step = waitingFor {
      return RunSummary(
        happened: "stopped at \(step), which waits for a person: \(plan.step(step)?.title ?? "")",
        owed: ["an answer: yes with --approve \(step), no with --deny \(step)"],
        next: "belay resume \(run) --approve \(step)")
    }
    if exit == .interrupted, pause != nil {
      return RunSummary(
        happened: "stopped, and what was done stays: \(reason)", undone: backwards,
        next: reopening == nil
          ? "belay resume \(run), or belay rollback \(run)" : "belay rollback \(run)")
    }
    if exit == .busy, let takenOver {
      return RunSummary(
        happened: "stopped where it was: \(takenOver)", undone: backwards, owed: debts.map(\.text),
        next: "belay show \(run); then, once nobody else holds the cluster, belay resume \(run)")
    }
    switch exit {
    case .done:
      let acts = plan.steps.filter { $0.role == .act && decisions[$0.id] != false }.count
      var happened =
        acts == 0
        ? "every check passed; nothing was changed"
        : "\(acts) \(acts == 1 ? "act" : "acts"), every verification passed"
      if !tolerated.isEmpty {
        happened += "; tolerated: " + tolerated.map { "\($0.task): \($0.reason)" }.joined(separator: "; ")
      }
      return RunSummary(happened: happened, next: "belay show \(run)")
    case .refused:
      return RunSummary(happened: "refused, nothing was changed: \(reason)", next: "belay show \(run)")
    case .rolledBack:
      let stays = irreversible.map { "\($0.task.step), which has no way back, stays done" }
      return RunSummary(
        happened: ([(reopening == nil ? "failed and rolled back: " : "rolled back: ") + reason] + stays)
          .joined(separator: "; "),
        undone: backwards, next: "belay show \(run)")
    default:
      let start = reopening == nil ? "failed, and" : "rolled back in part, and"
      return RunSummary(
        happened: "\(start) the cluster is not known to be as before: \(reason)", undone: backwards,
        owed: debts.map(\.text), next: "belay rollback \(run)")
    }
  }
}
