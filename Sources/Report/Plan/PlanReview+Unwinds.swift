import Model
import Planning

extension Plan {
  /// Beyond this nobody reads every way back: the longest one stands for the rest, which are its ends.
  private static let stepLimit = 250
  private static let memberLimit = 5000
  private static let undoLimit = 100

  /// The way back from a failure at each step; steps that fail with the same way back are named together.
  var unwinds: [PlanReview.Unwind] {
    let byID = Dictionary(steps.map { ($0.id, $0) }) { first, _ in first }
    let members = before?.membership?.members.count ?? 0
    let isLarge = steps.count > Self.stepLimit || steps.count * members > Self.memberLimit
    let last = steps.last { !$0.isSkipped }?.id
    var membership = before?.membership
    var acts: [PlannedStep] = []
    var found: [PlanReview.Unwind] = []
    for step in steps where !step.isSkipped {
      // An act that fails may have acted all the same.
      if step.role == .act { acts.append(step) }
      if let effect = step.effect { membership = membership?.applying(effect.kind, to: effect.node) }
      guard !isLarge || step.id == last else { continue }
      let unwind = unwind(from: step, membership, after: acts, byID)
      if let last = found.last, last.isSame(as: unwind) {
        found[found.count - 1].failing.append(step.id)
      } else {
        found.append(unwind)
      }
    }
    return found
  }

  private func unwind(
    from failing: PlannedStep, _ start: Membership?, after acts: [PlannedStep], _ byID: [StepID: PlannedStep]
  ) -> PlanReview.Unwind {
    var membership = start
    let order = unwind(whenFailing: failing.id)
    var undos: [PlanReview.Undoing] = []
    for id in order.prefix(Self.undoLimit) {
      guard let step = byID[id] else { continue }
      let effect = step.undoEffect
      if let effect { membership = membership?.applying(effect.kind, to: effect.node) }
      undos.append(
        PlanReview.Undoing(
          step: id, deeds: step.undoDeeds,
          membership: effect == nil ? nil : membership.map { PlanReview.Standing($0, after: id) }))
    }
    let undone = Set(order)
    return PlanReview.Unwind(
      failing: [failing.id], membership: start.map { PlanReview.Standing($0, after: failing.id) },
      undos: undos,
      more: order.count - undos.count, stays: acts.filter { $0.stays(whenUndoing: undone) }.map(\.id))
  }
}

extension PlannedStep {
  fileprivate func stays(whenUndoing undone: Set<StepID>) -> Bool {
    switch undo {
    case .covered(let by): !undone.contains(by)
    case .nothing: effect?.kind.needsNoUndo != true
    case .commands, .restoreFile, .restore, .none: !undone.contains(id)
    }
  }
}

extension PlanReview.Unwind {
  fileprivate func isSame(as other: PlanReview.Unwind) -> Bool {
    var a = self
    var b = other
    // Whose failure it is makes no difference to what follows.
    a.failing = b.failing
    a.membership?.step = nil
    b.membership?.step = nil
    return a == b
  }
}

extension PlanReview.Standing {
  init(_ membership: Membership, after step: StepID?) {
    let needed = membership.hasVotes ? Planning.quorum(of: membership.voters.count) : 0
    self.init(
      step: step, voters: membership.voters.map(\.label), learners: membership.learners.map(\.label),
      quorum: needed, tolerates: membership.healthyVoters.count - needed)
  }

  /// `3 voters, quorum 2, tolerates 1 more failure`
  var numbers: String {
    quorum == 0
      ? "\(voters.count) \(voters.count == 1 ? "member" : "members")"
      : "\(voters.count) \(voters.count == 1 ? "voter" : "voters"), quorum \(quorum), "
        + (tolerates < 0
          ? "no quorum" : "tolerates \(tolerates) more \(tolerates == 1 ? "failure" : "failures")")
  }

  /// `n1 n2 n3 + learner n4`
  var names: String {
    let shown = voters.count > 24 ? voters.prefix(20) + ["and \(voters.count - 20) more"] : voters[...]
    return shown.joined(separator: " ")
      + (learners.isEmpty ? "" : " + learner \(learners.joined(separator: " "))")
  }
}
