import Model

/// No step waits for itself. Each circle is reported once, where its first step is written.
func cycleRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  var settled: Set<StepID> = []
  return runbook.steps.compactMap { step in
    guard !settled.contains(step.id), let circle = circle(through: step.id, context.graph) else { return nil }
    settled.formUnion(circle)
    let path = (circle + [step.id]).map(\.rawValue).joined(separator: " -> ")
    return Diagnostic(
      .error, "cycle", "these steps wait for each other: \(path)", at: step.location,
      help: "change \"needs\" of one of them; a step without \"needs\" waits for the step above it")
  }
}

/// The steps on a shortest way from `start` back to itself, in the order "waits for".
private func circle(through start: StepID, _ graph: StepGraph) -> [StepID]? {
  var cameFrom: [StepID: StepID] = [:]
  var pending = [start]
  var index = 0
  while index < pending.count {
    let step = pending[index]
    index += 1
    for need in graph.needs[step] ?? [] {
      if need == start { return path(to: step, from: start, cameFrom) }
      guard cameFrom[need] == nil else { continue }
      cameFrom[need] = step
      pending.append(need)
    }
  }
  return nil
}

private func path(to end: StepID, from start: StepID, _ cameFrom: [StepID: StepID]) -> [StepID] {
  var path = [end]
  while let last = path.last, last != start, let previous = cameFrom[last] { path.append(previous) }
  return path.reversed()
}
