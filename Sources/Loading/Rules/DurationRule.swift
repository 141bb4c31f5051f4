import Model

/// A duration that is a reference names an input that holds one.
func durationRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  runbook.steps.flatMap { step in
    [
      step.poll?.within, step.poll?.every, step.poll?.progress?.stalled, step.retries?.every, step.timeout,
    ].compactMap { text in
      guard case .reference(let written)? = text else { return nil }
      let path = written.text.dropFirst(2).dropLast()
      let name = path.hasPrefix("inputs.") ? String(path.dropFirst(7)) : String(path)
      let durations = runbook.inputs.filter { $0.type == .duration }.map(\.name)
      guard !durations.contains(name), !context.unreadableInputs.contains(name) else { return nil }
      if let other = runbook.inputs.first(where: { $0.name == name }) {
        return Diagnostic(
          .error, "not-a-duration", "the input \"\(name)\" does not hold a duration", at: written.location,
          help: "change its type to duration", notes: [.init("declared here", at: other.location)])
      }
      let near = didYouMean(name, among: durations, write: Scope.Spelling.reference.write)
      return Diagnostic(
        .error, "unknown-name", "there is no input \(quoted(name))", at: written.location,
        help: near ?? "declare it under \"inputs:\" with type duration")
    }
  }
}
