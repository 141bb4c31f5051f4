package import Model
package import Planning

/// How long a plan may take, from how long its steps took before.
package struct TimeEstimate: Codable, Hashable, Sendable {
  package var steps: [StepTime]
  /// The longest chain of steps that wait for each other.
  package var seconds: Double
  /// How many earlier runs there were to learn from.
  package var runs: Int
  /// Steps that will run and never did before.
  package var unknown: [StepID]

  package struct StepTime: Codable, Hashable, Sendable {
    package var step: StepID
    /// The median.
    package var seconds: Double
    package var runs: Int
  }

  /// Nil when nothing was ever measured.
  package init?(_ plan: Plan, past: [[StepID: Double]]) {
    var end: [StepID: Double] = [:]
    steps = []
    unknown = []
    for step in plan.steps {
      let start = step.needs.compactMap { end[$0] }.max() ?? 0
      let durations = past.compactMap { $0[step.id] }.filter { $0.isFinite && $0 >= 0 }
      var took = 0.0
      if !step.isSkipped {
        if let middle = median(durations) {
          took = middle
          steps.append(StepTime(step: step.id, seconds: middle, runs: durations.count))
        } else if step.role != .approve {
          unknown.append(step.id)
        }
      }
      end[step.id] = start + took
    }
    guard !steps.isEmpty else { return nil }
    seconds = end.values.max() ?? 0
    runs = past.count { run in plan.steps.contains { run[$0.id] != nil } }
  }

  /// `about 1 min 20 s, judging by 4 earlier runs; never measured: gone`
  package var text: String {
    var text = "about \(roughly(seconds)), judging by \(runs) earlier \(runs == 1 ? "run" : "runs")"
    if !unknown.isEmpty {
      text += "; never measured: \(unknown.map(\.rawValue).joined(separator: ", "))"
    }
    return text
  }
}

private func median(_ values: [Double]) -> Double? {
  let sorted = values.sorted()
  guard let upper = sorted.dropFirst(sorted.count / 2).first else { return nil }
  return sorted.count.isMultiple(of: 2) ? (sorted[sorted.count / 2 - 1] + upper) / 2 : upper
}

/// A time in at most two units: nobody needs the seconds of hours.
func roughly(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "very long" }
  if seconds < 1 { return "less than 1 s" }
  let whole = Int(seconds.rounded())
  let units = [(whole / 3600, "h"), (whole / 60 % 60, "min"), (whole % 60, "s")]
  return units.drop { $0.0 == 0 }.prefix(2).filter { $0.0 != 0 }.map { "\($0.0) \($0.1)" }
    .joined(separator: " ")
}
