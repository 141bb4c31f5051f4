import Model

/// Which step needs which: what is written in `needs:`, else the step above.
struct StepGraph {
  private(set) var needs: [StepID: [StepID]] = [:]
  /// Asked for by every expression of a step: each step's are looked for once.
  private let known = Known()

  private final class Known {
    var ancestors: [StepID: Set<StepID>] = [:]
  }

  init(_ steps: [Step]) {
    let ids = Set(steps.map(\.id))
    var above: StepID?
    for step in steps {
      needs[step.id] = step.needs?.map(\.value).filter(ids.contains) ?? above.map { [$0] } ?? []
      above = step.id
    }
  }

  /// Every step that is done before `id` starts.
  func ancestors(of id: StepID) -> Set<StepID> {
    if let known = known.ancestors[id] { return known }
    var found: Set<StepID> = []
    var pending = needs[id] ?? []
    while let next = pending.popLast() {
      if found.insert(next).inserted { pending += needs[next] ?? [] }
    }
    known.ancestors[id] = found
    return found
  }

  /// Whether the steps can be put in an order that all their needs agree with.
  var hasOrder: Bool {
    var open = needs.mapValues(\.count)
    var needers: [StepID: [StepID]] = [:]
    for (step, needs) in needs {
      for need in needs { needers[need, default: []].append(step) }
    }
    var ready = open.filter { $0.value == 0 }.map(\.key)
    var done = 0
    while let step = ready.popLast() {
      done += 1
      for needer in needers[step] ?? [] {
        open[needer, default: 0] -= 1
        if open[needer] == 0 { ready.append(needer) }
      }
    }
    return done == needs.count
  }
}
