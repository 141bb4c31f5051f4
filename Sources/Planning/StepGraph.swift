package import Model

/// The order in which steps may run. A step needs the step above it unless it says otherwise.
package struct StepGraph: Sendable {
  /// Every step once, each after all that it needs; ties keep the order of writing.
  package let order: [StepID]
  package let needs: [StepID: [StepID]]
  package let dependants: [StepID: [StepID]]

  /// Nil when the needs form a cycle; loading reports where.
  package init?(_ steps: [(id: StepID, needs: [StepID]?)]) {
    var needs: [StepID: [StepID]] = [:]
    var dependants: [StepID: [StepID]] = [:]
    for (index, step) in steps.enumerated() {
      needs[step.id] = step.needs ?? (index > 0 ? [steps[index - 1].id] : [])
      for need in needs[step.id] ?? [] { dependants[need, default: []].append(step.id) }
    }
    var open = needs.mapValues { Set($0).count }
    let rank = Dictionary(uniqueKeysWithValues: steps.enumerated().map { ($1.id, $0) })
    // Ranks of what may run, kept in order.
    var ready = steps.indices.filter { open[steps[$0].id] == 0 }
    var order: [StepID] = []
    while !ready.isEmpty {
      let step = steps[ready.removeFirst()].id
      order.append(step)
      for dependant in Set(dependants[step] ?? []) {
        open[dependant, default: 0] -= 1
        guard open[dependant] == 0, let rank = rank[dependant] else { continue }
        ready.insert(rank, at: ready.firstIndex(after: rank))
      }
    }
    guard order.count == steps.count else { return nil }
    self.order = order
    self.needs = needs
    self.dependants = dependants
  }

  /// Everything that must be done before `step`.
  package func ancestors(of step: StepID) -> Set<StepID> { closure(of: step, along: needs) }

  private func closure(of step: StepID, along edges: [StepID: [StepID]]) -> Set<StepID> {
    var seen: Set<StepID> = []
    var open = edges[step] ?? []
    while let next = open.popLast() {
      if seen.insert(next).inserted { open += edges[next] ?? [] }
    }
    return seen
  }
}

extension [Int] {
  /// Where a number goes in a list that is in order.
  fileprivate func firstIndex(after number: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// The order in which finished acts are undone: nothing is undone before all that was built on it.
package func unwindOrder(of done: Set<StepID>, in order: [StepID]) -> [StepID] {
  order.reversed().filter(done.contains)
}
