import Model

/// No step waits for itself. Each circle is reported once, where its first step is written.
func cycleRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  // Looking for a shortest circle takes time in the square of the steps: first see whether there is any.
  if context.graph.hasOrder { return [] }
  var settled: Set<StepID> = []
  return runbook.steps.compactMap { step in
    guard !settled.contains(step.id), let circle = circle(through: step.id, context.graph.needs) else {
      return nil
    }
    settled.formUnion(circle)
    let path = (circle + [step.id]).map(\.rawValue).joined(separator: " -> ")
    return Diagnostic(
      .error, "cycle", "these steps wait for each other: \(path)", at: step.location,
      help: "change \"needs\" of one of them; a step without \"needs\" waits for the step above it")
  }
}

/// A shortest way from `start` along `needs` back to itself, `start` first; nil when there is none.
func circle<Name: Hashable>(through start: Name, _ needs: [Name: [Name]]) -> [Name]? {
  var cameFrom: [Name: Name] = [:]
  var pending = [start]
  var index = 0
  while index < pending.count {
    let current = pending[index]
    index += 1
    for need in needs[current] ?? [] {
      if need == start { return way(to: current, from: start, cameFrom) }
      guard cameFrom[need] == nil else { continue }
      cameFrom[need] = current
      pending.append(need)
    }
  }
  return nil
}

private func way<Name: Hashable>(to end: Name, from start: Name, _ cameFrom: [Name: Name]) -> [Name] {
  var way = [end]
  while let last = way.last, last != start, let previous = cameFrom[last] { way.append(previous) }
  return way.reversed()
}
