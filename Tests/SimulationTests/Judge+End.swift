import Execution
import Model

/// What a run that has ended says of itself, held against what is there.
extension Judge {
  func checkEnd(_ exit: ExitCode, before: [SimulatedCluster.Member]) {
    checkThatNoneVanished()
    switch exit {
    case .done: checkDone()
    case .refused: if everStarted { object("exit 4, and an act was started") }
    case .rolledBack:
      for key in inPlace.sorted() where runbook.step(ofKey: key)?.undo != JudgedRunbook.Step.Undo.none {
        object("guarantee 6: exit 5, and \(key) is still there")
      }
      let identity = { (members: [SimulatedCluster.Member]) in members.sorted { $0.id < $1.id } }
      if identity(before) != identity(world.cluster.members) {
        object("guarantee 6: exit 5, and the members are \(world.cluster.members)")
      }
    case .needsPerson: checkDebts()
    default: object("the run ended with \(exit)")
    }
  }

  private func checkThatNoneVanished() {
    var open: [String: String] = [:]
    for event in events {
      switch event {
      case .intended(let task, _, _, _): open["\(task)"] = "intended"
      case .finished(let task, .unknown, _): open["\(task)"] = "unknown"
      case .finished(let task, _, _): open["\(task)"] = nil
      case .settled(let task, .undecidable, _): open["\(task)"] = nil
      case .settled(let task, _, _): open["\(task)"] = nil
      case .undoIntended(let task, _, _, _): open["undo of \(task)"] = "intended"
      case .undoFinished(let task, _, _): open["undo of \(task)"] = nil
      default: break
      }
    }
    for (task, state) in open.sorted(by: { $0.key < $1.key }) { object("guarantee 2: \(task) ends \(state)") }
  }

  private func checkDone() {
    var seen: Set<String> = []
    for event in events {
      switch event {
      case .intended(let task, _, _, _): seen.insert("\(task.step)")
      case .answered(let step, true, _, _): seen.insert("\(step)")
      default: break
      }
    }
    for step in runbook.steps where !step.mayBeSkipped {
      // What was found out while planning is not asked again by everything that runs.
      if !seen.contains(step.id) { object("exit 0, and \(step.id) never ran") }
      if step.isAct, step.tolerates == 0, !step.movesLeadership,
        !inPlace.contains(where: { $0.hasPrefix("\(step.id)@") })
      {
        object("exit 0, and nothing is there of \(step.id)")
      }
    }
  }

  /// Whether an undo is owed because a guard refused it where it stood.
  var isBlockedByAGuard: Bool {
    guard case .ended(_, let summary)? = events.last else { return false }
    return summary.owed.contains { $0.contains(" is unsafe: ") }
  }

  /// Everything that is still there is owed; what else is owed may only be what nobody could find out.
  private func checkDebts() {
    guard case .ended(_, let summary)? = events.last else { return object("exit 6 without an end") }
    for key in inPlace.sorted() {
      guard let step = runbook.step(ofKey: key), step.undo != .none else { continue }
      let owner = step.coveredBy ?? step.id
      if !summary.owed.contains(where: { names($0, owner) || names($0, step.id) }) {
        object("guarantee 6: exit 6, and \(key) is still there but not owed: \(summary.owed)")
      }
    }
    if summary.owed.isEmpty { object("exit 6, and nothing is owed") }
  }

  private func names(_ text: String, _ step: String) -> Bool {
    text.hasPrefix("undo of \(step):") || text.hasPrefix("step \(step):")
  }
}
