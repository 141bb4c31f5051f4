package import Model
package import Planning

/// What a reviewer has to know of a plan and no single step says: the ways back, what they bring back, what is only
/// known later, and how long it may take. As data, so that `--json` has it and every other form shows the same.
package struct PlanReview: Codable, Hashable, Sendable {
  package var digest: String
  package var unwinds: [Unwind]
  package var pointsOfNoReturn: [NoReturn]
  package var late: [LateValue]
  /// What a rollback brings back, and what it cannot.
  package var restores: [Restoring]
  package var keeps: [Restoring]
  package var estimate: TimeEstimate?

  /// Who has a vote after a step, and what that is worth.
  package struct Standing: Codable, Hashable, Sendable {
    /// Nil: before anything ran.
    package var step: StepID?
    package var voters: [String]
    package var learners: [String]
    package var quorum: Int
    /// How many more healthy voters may fail; negative when there is no quorum.
    package var tolerates: Int
  }

  /// What is undone, in this order, when one of these steps fails.
  package struct Unwind: Codable, Hashable, Sendable {
    package var failing: [StepID]
    /// As the failed step may have left it; nil when there is no agreed membership.
    package var membership: Standing?
    package var undos: [Undoing]
    /// How many more undos follow that are not listed.
    package var more: Int
    /// Acts that stay done: points of no return, and whatever they cover.
    package var stays: [StepID]
  }

  package struct Undoing: Codable, Hashable, Sendable {
    package var step: StepID
    package var deeds: [Deed]
    /// Nil when it leaves the membership as it is.
    package var membership: Standing?
  }

  /// Something that is done somewhere, as it is shown.
  package struct Deed: Codable, Hashable, Sendable {
    package var place: String
    package var lines: [String]
    /// Whether a shell gets the lines; else they say in words what belay does.
    package var isScript: Bool
  }

  package struct NoReturn: Codable, Hashable, Sendable {
    package var step: StepID
    package var because: String
  }

  /// A value that is looked up again right before it is used.
  package struct LateValue: Codable, Hashable, Sendable {
    package var path: String
    /// As it was while planning, where it was known.
    package var now: String?
    package var steps: [StepID]
  }

  package struct Restoring: Codable, Hashable, Sendable {
    package var step: StepID
    package var what: String
  }
}

extension PlanReview {
  /// `past`: how long each step took in earlier runs of the same runbook, one entry a run.
  package init(_ plan: Plan, digest: String, past: [[StepID: Double]] = []) {
    self.digest = digest
    unwinds = plan.unwinds
    pointsOfNoReturn = plan.pointsOfNoReturn.compactMap { step in
      guard case .none(let because) = step.undo else { return nil }
      return NoReturn(step: step.id, because: because)
    }
    late = plan.lateValues
    restores = plan.steps.flatMap(\.restored)
    keeps = plan.steps.flatMap(\.kept)
    estimate = TimeEstimate(plan, past: past)
  }
}

extension Plan {
  fileprivate var lateValues: [PlanReview.LateValue] {
    var found: [String: PlanReview.LateValue] = [:]
    for step in steps {
      for task in step.tasks {
        var late = task.undo?.late ?? [:]
        if case .command(let command) = task.work { late.merge(command.late) { mine, _ in mine } }
        for (path, now) in late {
          var value = found[path] ?? PlanReview.LateValue(path: path, now: nil, steps: [])
          value.now = value.now ?? now
          if value.steps.last != step.id { value.steps.append(step.id) }
          found[path] = value
        }
      }
    }
    return found.values.sorted { $0.path < $1.path }
  }
}

extension PlannedStep {
  private func entries(_ texts: [String]) -> [PlanReview.Restoring] {
    var once: [String] = []
    for text in texts where once.last != text { once.append(text) }
    return once.map { PlanReview.Restoring(step: id, what: $0) }
  }

  fileprivate var restored: [PlanReview.Restoring] {
    guard role == .act, !isSkipped else { return [] }
    switch undo {
    case .nothing, .none: return []
    case .covered(let by): return entries(["by the undo of \(by)"])
    case .commands(let effect, _):
      let what = effect.map { "\($0.kind.rawValue) \($0.node), by the runbook's own command" }
      return entries([what ?? "by the runbook's own command"])
    case .restoreFile, .restore:
      return entries(tasks.map { "\(belayUndo(of: $0)) on \($0.placeText)" })
    }
  }

  fileprivate var kept: [PlanReview.Restoring] {
    guard role == .act, !isSkipped else { return [] }
    switch undo {
    case .none(let because): return entries([because])
    case .nothing: return effect?.kind.needsNoUndo == true ? [] : entries(["it has no undo"])
    case .commands, .restoreFile, .restore, .covered: return []
    }
  }
}
