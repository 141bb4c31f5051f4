package import Model
import Planning
import Platform

extension RunLog.Replay {
  /// How many seconds each step took that was done, from its first intent to its last outcome. What was under way
  /// when a controller ended measures that controller's absence, and a clock that went back measures nothing: both are
  /// left out.
  package var stepDurations: [StepID: Double] {
    var started: [TaskKey: Timestamp] = [:]
    var spans: [StepID: (from: Timestamp, to: Timestamp)] = [:]
    for (time, event) in events {
      switch event {
      case .intended(let task, _, _, _): started[task] = started[task] ?? time
      case .resumed: started = [:]
      case .finished(let task, .done, _):
        guard let start = started[task] else { continue }
        let span = spans[task.step] ?? (start, time)
        spans[task.step] = (min(span.from, start), max(span.to, time))
      default: continue
      }
    }
    return spans.filter { machine.isDone($0.key) && $0.value.from <= $0.value.to }.mapValues { span in
      Double(span.to.millisecondsSince1970 - span.from.millisecondsSince1970) / 1000
    }
  }
}

extension RunMachine {
  fileprivate func isDone(_ step: StepID) -> Bool {
    plan.step(step)?.tasks.indices.allSatisfy { tasks[TaskKey(step, $0)] == .done } ?? false
  }
}
