import Model

/// Every act says how it is undone, in a way that can work.
func undoRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  let acts = runbook.steps.filter {
    $0.role == .act && !$0.isComposite && !context.isBrokenComposite($0)
  }
  return acts.flatMap { act -> [Diagnostic] in
    switch act.rollback {
    case .covered(let cover): return checkCover(cover, of: act, runbook, context)
    case .command, .none?, .implied: return []
    case nil where act.effect?.kind.needsNoUndo == true: return []
    case nil:
      guard !(bodyKeys.dropFirst() + ["rollback"]).contains(where: { context.isUnreadable($0, in: act) })
      else { return [] }
      return [
        Diagnostic(
          .error, "missing-rollback", "the act \"\(act.id)\" does not say how it is undone", at: act.location,
          help: "add \"rollback: { run: … }\", \"rollback: { covered-by: STEP }\", or "
            + "\"rollback: none\" with \"because: …\"")
      ]
    }
  }
}

private func checkCover(
  _ cover: Located<StepID>, of act: Step, _ runbook: Runbook, _ context: RuleContext
) -> [Diagnostic] {
  guard context.isWritten(cover.value) else { return [unknownStep(cover, besides: act.id, context)] }
  guard let covering = runbook.steps.first(where: { $0.id == cover.value }) else { return [] }

  func refuse(_ message: String, _ help: String) -> [Diagnostic] {
    [
      Diagnostic(
        .error, "bad-cover", message, at: cover.location, help: help,
        notes: [.init("the step \"\(covering.id)\" is here", at: covering.location)])
    ]
  }
  guard !covering.isComposite else {
    return refuse("\"\(covering.id)\" stands for other steps, each with its own undo", "name a single act")
  }
  guard covering.role == .act else {
    return refuse(
      "\"\(covering.id)\" changes nothing, so undoing it undoes nothing", "name an act above this one")
  }
  guard context.graph.ancestors(of: act.id).contains(covering.id), covering.id != act.id else {
    return refuse(
      "\"\(covering.id)\" is not certain to be done before \"\(act.id)\"",
      "name an act that this step needs, directly or through other steps")
  }
  if case .none? = covering.rollback {
    return refuse(
      "\"\(covering.id)\" is a point of no return: it undoes nothing",
      "give \"\(act.id)\" a rollback of its own, or \"rollback: none\" with \"because: …\"")
  }
  return []
}
