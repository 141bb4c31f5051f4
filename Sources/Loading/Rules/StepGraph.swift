import Model

/// Which step needs which: what is written in `needs:`, else the step above.
struct StepGraph {
  private(set) var needs: [StepID: [StepID]] = [:]

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
    var found: Set<StepID> = []
    var pending = needs[id] ?? []
    while let next = pending.popLast() {
      if found.insert(next).inserted { pending += needs[next] ?? [] }
    }
    return found
  }
}
