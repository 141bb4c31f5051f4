import Model

/// Standard input is for a command that reads it.
func stdinRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  runbook.steps.compactMap { step in
    guard step.stdin != nil, !context.isUnreadable("run", in: step) else { return nil }
    if case .run = step.body { return nil }
    return Diagnostic(
      .error, "misplaced-key", "\"stdin\" of the step \"\(step.id)\" is read by no command",
      at: context.place(of: "stdin", in: step), help: "add \"run:\" with a command that reads it")
  }
}
