import Model

/// Every step named in `needs:` exists.
func needsRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  runbook.steps.flatMap { step in
    (step.needs ?? []).filter { !context.isWritten($0.value) }.map { need in
      unknownStep(need, besides: step.id, context)
    }
  }
}

func unknownStep(_ name: Located<StepID>, besides own: StepID, _ context: RuleContext) -> Diagnostic {
  let names = context.stepNames.filter { $0 != own }.map(\.rawValue)
  return Diagnostic(
    .error, "unknown-step", "there is no step \(quoted(name.value.rawValue))", at: name.location,
    help: didYouMean(name.value.rawValue, among: names) ?? "the steps are: \(names.joined(separator: ", "))")
}
