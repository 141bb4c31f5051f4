package import Model

/// How an act is undone, and what that brings back.
package struct UndoCoverage: Codable, Hashable, Sendable {
  package enum Kind: String, Codable, CaseIterable, Sendable {
    /// By an undo of its own.
    case undone
    /// By the undo of an earlier act.
    case covered
    /// Declared as a point of no return.
    case never
    /// There is nothing that anybody would want back, as with leadership.
    case needless
  }

  package var step: StepID
  package var kind: Kind
  /// The act whose undo does it.
  package var by: StepID?
  /// What a rollback brings back, one phrase for each thing; of a point of no return why nothing does.
  package var restores: [String]
}

extension Plan {
  /// Every act that runs with its undo, and the refusal of those that promise one which never comes.
  func undoCoverage() -> (coverage: [UndoCoverage], refusals: [Refusal]) {
    let byID = Dictionary(steps.map { ($0.id, $0) }) { first, _ in first }
    let unreachable = Set(
      (before?.reports ?? []).filter { if case .unreachable = $0.answer { true } else { false } }.map(\.node))
    var coverage: [UndoCoverage] = []
    var refusals: [Refusal] = []
    for step in steps where step.role == .act && !step.isSkipped {
      switch step.undo {
      case .none(let because):
        coverage.append(UndoCoverage(step: step.id, kind: .never, by: nil, restores: [because]))
      case .covered(let by):
        if let why = byID[by].flatMap(\.reasonNotToCover) ?? (byID[by] == nil ? "is not in the plan" : nil) {
          refusals.append(
            Refusal(
              step: step.id, reason: "nothing would undo it: \(by), which covers it, \(why)", verdict: nil))
        }
        coverage.append(UndoCoverage(step: step.id, kind: .covered, by: by, restores: []))
      case .nothing where step.effect?.kind.needsNoUndo == true:
        coverage.append(UndoCoverage(step: step.id, kind: .needless, by: nil, restores: []))
      case .nothing:
        refusals.append(Refusal(step: step.id, reason: "nothing would undo it", verdict: nil))
      case .commands(_, let place):
        if case .node(let node)? = place, unreachable.contains(node),
          !step.tasks.contains(where: { $0.place == place })
        {
          refusals.append(
            Refusal(step: step.id, reason: "its undo runs on \(node), which cannot be reached", verdict: nil))
        }
        coverage.append(UndoCoverage(step: step.id, kind: .undone, by: nil, restores: step.restored))
      case .restoreFile, .restore:
        coverage.append(UndoCoverage(step: step.id, kind: .undone, by: nil, restores: step.restored))
      }
    }
    return (coverage, refusals)
  }
}

extension PlannedStep {
  /// Why an act cannot be undone by the undo of this one, if it cannot.
  fileprivate var reasonNotToCover: String? {
    if isSkipped { return "is skipped" }
    // Then its undo is not run either, and whatever it covers would stay.
    if case .when = condition { return "may be skipped when its turn comes" }
    return undo.acts ? nil : "has no undo of its own"
  }

  /// What its undo brings back, where the plan knows.
  fileprivate var restored: [String] {
    var phrases: [String] = []
    if let effect = undo.effect { phrases.append("\(effect.kind.rawValue) \(effect.node)") }
    for task in tasks {
      let place = if case .node(let node) = task.place { " on \(node)" } else { "" }
      switch task.work {
      case .file(let file): phrases.append("\(file.path)\(place)")
      case .copy(let copy): phrases.append("\(copy.path)\(place)")
      case .moveAside(let move): phrases.append("\(move.path)\(place)")
      case .wipe(let wipe): phrases.append("what was in \(wipe.path)\(place)")
      case .service(let service): phrases.append("the service \(service.name)\(place)")
      case .command, .query: break
      }
    }
    // What a command undoes, its author knows.
    return phrases.isEmpty ? ["what its command undoes"] : phrases
  }
}
