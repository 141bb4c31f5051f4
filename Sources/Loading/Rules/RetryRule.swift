import Model

/// An act is tried again only when that is certain to do no harm: it may run twice, or the cluster can be asked
/// whether it happened.
func retryRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  runbook.steps.compactMap { step in
    guard step.role == .act, step.retries != nil, !step.idempotent, step.landed == nil,
      !context.isUnreadable("landed", in: step), !context.isUnreadable("idempotent", in: step)
    else { return nil }
    return Diagnostic(
      .error, "unsafe-retry", "nobody can say whether the act \"\(step.id)\" may be tried again",
      at: context.place(of: "retries", in: step),
      help:
        "add \"landed:\" with a query that tells whether it happened, or \"idempotent: true\" if twice does no harm"
    )
  }
}
