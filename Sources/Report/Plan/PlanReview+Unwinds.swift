import Execution
import Model
import Planning

extension Plan {
  /// Beyond this nobody reads every way back: the longest one stands for the rest, which are its ends.
  private static let stepLimit = 250
  private static let undoLimit = 100

  /// The way back from a failure at each step; steps that fail with the same way back are named together.
  var unwinds: [PlanReview.Unwind] {
    let running = steps.filter { !$0.isSkipped }
    let walk = MembershipWalk(self)
    var found: [PlanReview.Unwind] = []
    for step in steps.count > Self.stepLimit ? Array(running.suffix(1)) : running {
      let unwind = unwind(from: step, walk)
      if let last = found.last, last.isSame(as: unwind) {
        found[found.count - 1].failing.append(step.id)
      } else {
        found.append(unwind)
      }
    }
    return found
  }

  private func unwind(from failing: PlannedStep, _ walk: MembershipWalk) -> PlanReview.Unwind {
    var membership = walk.membership(afterOrDuring: failing.id)
    let start = membership.map { PlanReview.Standing($0, after: failing.id) }
    let order = unwind(whenFailing: failing.id)
    var undos: [PlanReview.Undoing] = []
    for id in order.prefix(Self.undoLimit) {
      guard let step = walk.steps[id] else { continue }
      let effect = step.undoEffect
      if let effect { membership = membership?.applying(effect.kind, to: effect.node) }
      undos.append(
        PlanReview.Undoing(
          step: id, deeds: step.undoDeeds,
          membership: effect == nil ? nil : membership.map { PlanReview.Standing($0, after: id) }))
    }
    return PlanReview.Unwind(
      failing: [failing.id], membership: start, undos: undos, more: order.count - undos.count,
      stays: walk.stays(afterOrDuring: failing.id, undone: Set(order)))
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

/// The memberships that a plan goes through, step by step.
private struct MembershipWalk {
  let steps: [StepID: PlannedStep]
  private let order: [PlannedStep]
  private let position: [StepID: Int]
  private let memberships: [Membership]

  init(_ plan: Plan) {
    order = plan.steps
    steps = Dictionary(plan.steps.map { ($0.id, $0) }) { first, _ in first }
    position = Dictionary(plan.steps.enumerated().map { ($1.id, $0) }) { first, _ in first }
    var memberships: [Membership] = []
    var membership = plan.before?.membership
    for step in plan.steps where membership != nil {
      if let effect = step.effect, !step.isSkipped {
        membership = membership?.applying(effect.kind, to: effect.node)
      }
      if let membership { memberships.append(membership) }
    }
    self.memberships = memberships
  }

  /// An act that fails may have acted all the same.
  func membership(afterOrDuring step: StepID) -> Membership? {
    position[step].flatMap { memberships.indices.contains($0) ? memberships[$0] : nil }
  }

  func stays(afterOrDuring step: StepID, undone: Set<StepID>) -> [StepID] {
    guard let end = position[step] else { return [] }
    return order[...end].filter { act in
      guard act.role == .act, !act.isSkipped, !undone.contains(act.id) else { return false }
      if case .covered(let by) = act.undo { return !undone.contains(by) }
      return act.effect?.kind.needsNoUndo != true
    }.map(\.id)
  }
}

extension PlanReview.Standing {
  init(_ membership: Membership, after step: StepID?) {
    let needed = Planning.quorum(of: membership.voters.count)
    self.init(
      step: step, voters: membership.voters.map(\.label), learners: membership.learners.map(\.label),
      quorum: needed, tolerates: membership.healthyVoters.count - needed)
  }

  /// `3 voters, quorum 2, tolerates 1 more failure`
  var numbers: String {
    "\(voters.count) \(voters.count == 1 ? "voter" : "voters"), quorum \(quorum), "
      + (tolerates < 0
        ? "no quorum" : "tolerates \(tolerates) more \(tolerates == 1 ? "failure" : "failures")")
  }

  /// `n1 n2 n3 + learner n4`
  var names: String {
    voters.joined(separator: " ")
      + (learners.isEmpty ? "" : " + learner \(learners.joined(separator: " "))")
  }
}

extension PlannedStep {
  fileprivate var undoEffect: PlannedEffect? {
    switch undo {
    case .commands(let effect, _): effect
    case .restore(let effect): effect
    case .nothing, .restoreFile, .covered, .none: nil
    }
  }

  /// What undoing runs and where; the same thing on several nodes once.
  var undoDeeds: [PlanReview.Deed] {
    guard undo.acts else { return [] }
    var deeds: [PlanReview.Deed] = []
    for task in tasks {
      let lines: [String]
      var place = task.placeText
      if case .commands(_, let elsewhere) = undo {
        guard let command = task.undo else { continue }
        lines = command.asOfNow.scriptLines
        if let elsewhere { place = elsewhere.text }
      } else {
        lines = [belayUndo(of: task)]
      }
      if let last = deeds.last, last.lines == lines {
        if last.place != place { deeds[deeds.count - 1].place += ", \(place)" }
      } else {
        deeds.append(PlanReview.Deed(place: place, lines: lines, isScript: task.undo != nil))
      }
    }
    return deeds
  }

  /// An undo that belay brings along, in words.
  func belayUndo(of task: PlannedTask) -> String {
    guard case .file(let file) = task.work else { return task.work.undoDisplay }
    switch file.previous {
    case .absent: return "remove \(file.path) again"
    case .present, .unknown: return "put the previous \(file.path) back"
    }
  }
}

extension PlannedTask {
  var placeText: String { place.text + (loop.map { " for \($0.node)" } ?? "") }
}

extension PlannedTask.Place {
  var text: String {
    switch self {
    case .node(let name): name.rawValue
    case .leader(let now): "leader" + (now.map { " (now \($0))" } ?? "")
    case .anyOf(let names): "any of \(names.map(\.rawValue).joined(separator: ", "))"
    case .belay: "belay"
    }
  }
}

extension PlannedCommand {
  /// The command with late values as they were while planning, where they were known.
  var asOfNow: String {
    var text = display
    for case (let path, let value?) in late { text = text.replacing("${\(path)}", with: value) }
    return text
  }
}

extension String {
  /// Without the newline that a block of YAML ends with.
  var scriptLines: [String] {
    var lines = split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    while lines.last == "" { lines.removeLast() }
    return lines
  }
}
