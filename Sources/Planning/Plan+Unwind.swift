package import Model

extension Plan {
  /// Which acts are undone, and in which order, when `step` fails: every act that may have run before it, and
  /// the step itself when it acts.
  package func unwind(whenFailing step: StepID) -> [StepID] {
    guard let position = steps.firstIndex(where: { $0.id == step }) else { return [] }
    let done = steps[...position].filter { $0.role == .act && !$0.isSkipped }
    let undone = Set(done.lazy.filter(\.undo.acts).map(\.id))
    return unwindOrder(of: Set(done.map(\.id)), in: steps.map(\.id)).filter(undone.contains)
  }

  package var changesSomething: Bool { steps.contains { $0.role == .act && !$0.isSkipped } }

  /// Whether it changes the cluster or one of its nodes, and not just something at the controller.
  package var changesNodes: Bool {
    steps.contains { step in
      guard step.role == .act, !step.isSkipped else { return false }
      return step.effect != nil || step.tasks.contains { $0.place != .node(.controller) }
    }
  }

  package var pointsOfNoReturn: [PlannedStep] {
    steps.filter { if case .none = $0.undo { !$0.isSkipped } else { false } }
  }
}

extension PlannedUndo {
  /// Whether undoing runs anything of its own.
  package var acts: Bool {
    switch self {
    case .commands, .restoreFile, .restore: true
    case .nothing, .covered, .none: false
    }
  }
}
