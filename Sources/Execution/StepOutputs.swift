package import Model

/// What the tasks of each step put out. A name has the value of the step's last node, whoever answered last: the
/// same answers always give the same commands, live and after a crash.
package struct StepOutputs: Sendable {
  private var ofTasks: [StepID: [Int: Value.Object]] = [:]

  package init() {}

  package mutating func add(_ out: Value.Object, of task: TaskKey) {
    if !out.isEmpty { ofTasks[task.step, default: [:]][task.index] = out }
  }

  package subscript(step: StepID) -> Value.Object? {
    ofTasks[step]?.sorted { $0.key < $1.key }.reduce(into: Value.Object()) { merged, task in
      for (name, value) in task.value.entries { merged[name] = value }
    }
  }

  package var ofSteps: [StepID: Value.Object] {
    Dictionary(uniqueKeysWithValues: ofTasks.keys.compactMap { step in self[step].map { (step, $0) } })
  }
}
