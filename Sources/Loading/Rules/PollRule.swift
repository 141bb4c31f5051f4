import Model

/// A poll asks at least twice before its time is up.
func pollRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  runbook.steps.compactMap { step in
    guard step.role != .approve, let poll = step.poll, let within = literal(poll.within) else { return nil }
    let every = poll.every.map(literal) ?? .seconds(1)
    guard let every, every * max(1, poll.steady - 1) > within else { return nil }
    let need =
      poll.steady > 1 ? "\(poll.steady) answers \(every.written) apart" : "an answer every \(every.written)"
    return Diagnostic(
      .error, "poll-too-short", "the step \"\(step.id)\" asks for \(need), but only within \(within.written)",
      at: context.place(of: "within", in: step), help: "make \"within\" longer, or \"every\" shorter")
  }
}

private func literal(_ text: DurationText) -> Duration? {
  if case .literal(let duration) = text { duration } else { nil }
}
