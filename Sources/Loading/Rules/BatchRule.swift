import Model

/// Batches and tolerated failures only where they can do no harm.
func batchRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  runbook.steps.flatMap { step in
    [emptyBatch(step, context), unsafeBatch(step, context), unsafeTolerance(step, context)].compactMap(\.self)
  }
}

private func emptyBatch(_ step: Step, _ context: RuleContext) -> Diagnostic? {
  var sizes = step.serial ?? []
  if case .loop(let loop) = step.body { sizes = loop.serial }
  guard sizes.contains(.count(0)) || sizes.contains(.percent(0)) else { return nil }
  return Diagnostic(
    .error, "empty-batch", "a batch of no nodes never ends", at: context.place(of: "serial", in: step),
    help: "write 1 or more")
}

/// Two changes of the membership that are each safe alone may cost the quorum together.
private func unsafeBatch(_ step: Step, _ context: RuleContext) -> Diagnostic? {
  guard case .loop(let loop) = step.body, loop.serial.contains(where: { $0 != .count(1) }),
    let act = Runbook.plain(loop.steps).first(where: { $0.effect != nil })
  else { return nil }
  return Diagnostic(
    .error, "unsafe-batch", "the act \"\(act.id)\" changes the membership: one node at a time",
    at: context.place(of: "serial", in: step), help: "write \"serial: 1\", or leave it out",
    notes: [.init("the act is here", at: act.location)])
}

/// A node that fails is left as it was found, so that the others may go on.
private func unsafeTolerance(_ step: Step, _ context: RuleContext) -> Diagnostic? {
  guard step.maxFailures != nil, step.role == .act, !step.isComposite else { return nil }
  func refuse(_ message: String, _ help: String) -> Diagnostic {
    Diagnostic(
      .error, "unsafe-tolerance", message, at: context.place(of: "max_failures", in: step), help: help)
  }
  if step.effect != nil {
    return refuse(
      "\"\(step.id)\" changes the membership, and that must not fail unseen", "remove \"max_failures\"")
  }
  switch step.rollback {
  case .command, .implied, nil: return nil
  case .covered, .none?:
    return refuse(
      "\"\(step.id)\" cannot be undone on the node where it fails",
      "give it a rollback of its own, or remove \"max_failures\"")
  }
}
