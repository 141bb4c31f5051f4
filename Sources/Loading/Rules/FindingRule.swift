import Model

/// A diagnosis only looks: its steps are all diagnoses, and `belay diagnose` runs it.
func findingRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  guard let first = runbook.findings.first else { return [] }
  let note = Diagnostic.Note("its findings are here", at: first.location)
  var found = acting(runbook.steps).map { step in
    Diagnostic(
      .error, "wrong-role", "a runbook with findings changes nothing, but \"\(step.id)\" is no diagnosis",
      at: step.location, help: "make it a diagnose step, or move it to the runbook that mends the finding",
      notes: [note])
  }
  if runbook.verb != nil {
    found.append(
      Diagnostic(
        .error, "misplaced-key", "a runbook with findings has no \"verb\": `belay diagnose` runs it",
        at: runbook.location, help: "remove \"verb\"", notes: [note]))
  }
  for input in runbook.inputs where ["it", "nodes"].contains(input.name) {
    found.append(
      Diagnostic(
        .error, "reserved-name", "an input of a diagnosis cannot be called \"\(input.name)\"",
        at: input.location,
        help: "findings mean something else by it; choose another name"))
  }
  return found
}

/// Those that do more than look, inside loops and used runbooks too.
private func acting(_ steps: [Step]) -> [Step] {
  steps.flatMap { step -> [Step] in
    switch step.body {
    case .loop(let loop): acting(loop.steps)
    case .call(let call): acting(call.runbook.steps).isEmpty ? [] : [step]
    default: step.role == .diagnose ? [] : [step]
    }
  }
}
