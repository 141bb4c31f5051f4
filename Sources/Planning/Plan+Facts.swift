extension Plan {
  /// What will be decided or looked up only when its turn comes, in the order of the steps.
  package var knownLater: [String] {
    var found: [String] = []
    var seen: Set<String> = []
    func add(_ text: String) { if seen.insert(text).inserted { found.append(text) } }
    for step in steps where !step.isSkipped {
      if case .when = step.condition { add("whether \(step.id) runs") }
      for task in step.tasks {
        switch task.place {
        case .leader, .anyOf: add("where \(step.id) runs")
        case .node, .belay: break
        }
        if case .command(let command) = task.work { command.late.keys.sorted().forEach { add("${\($0)}") } }
        task.undo?.late.keys.sorted().forEach { add("${\($0)}") }
      }
    }
    return found
  }

  mutating func stateFacts(_ facts: PlanningFacts) {
    complete = knownLater.isEmpty
    applyable = refusals.isEmpty
    let isUnanswered = facts.results.values.contains {
      if case .unanswered = $0 { true } else { false }
    }
    let isUnseen = facts.sights.values.contains { if case .failed = $0 { true } else { false } }
    let isUnread = facts.files.values.contains(.unknown)
    let isUnagreed = before.map { $0.membership == nil } ?? false
    errored = isUnanswered || isUnseen || isUnread || isUnagreed
  }
}
