package import Execution
import Model
package import Planning

/// A run as it goes by: one line for each thing worth a look, nothing for the rest.
package struct ProgressText: Sendable {
  private let plan: Plan
  private let paint: Paint
  private let isVerbose: Bool

  package init(plan: Plan, paint: Paint, isVerbose: Bool) {
    self.plan = plan
    self.paint = paint
    self.isVerbose = isVerbose
  }

  package func line(for event: RunEvent) -> String? {
    switch event {
    case .intended(let task, let node, let command, _):
      guard plan.step(task.step)?.role == .act else { return nil }
      return "  " + paint("act    ", .warning) + "\(task.step)\(at(node))  \(paint(short(command), .dim))"
    case .finished(let task, let outcome, let output): return finished(task, outcome, output)
    case .settled(let task, let settlement, _): return "  settled \(task.step): \(visible(settlement.text))"
    case .retried(let task, let again, let why):
      return again ? "  again   \(task.step): \(visible(why))" : nil
    case .decided(let step, let runs): return runs ? nil : "  skip   \(step)"
    case .guarded(let task, _, let verdict):
      return isVerbose ? "  guard  \(task.step): \(verdict.reason)" : nil
    case .judged(let task, _, let verdict):
      if [.warn, .overridden].contains(verdict.decision) {
        return paint("warning: ", .warning) + "\(task.step): \(visible(verdict.text))"
      }
      return isVerbose ? "  guard  \(task.step): \(visible(verdict.text))" : nil
    case .observed: return nil
    case .unwinding(let reason):
      return paint("rolling back", .strong) + ": " + visible(reason)
    case .undoIntended(let task, let node, let command, _):
      return "  " + paint("undo   ", .warning) + "\(task.step)\(at(node))  \(paint(short(command), .dim))"
    case .undoFinished(let task, let outcome, _): return undone(task, outcome)
    case .interrupted(let reason): return paint("interrupted: ", .warning) + visible(reason)
    case .signed(let signature):
      let what = signature.purpose == .author ? "planned by" : "approved by"
      return "\(what) \(visible(signature.person)), key \(visible(signature.fingerprint))"
    case .confirmed(let phrase, let by): return "confirmed by \(visible(by)): \(visible(phrase))"
    case .awaiting(let step): return "  waits  \(step): \(visible(plan.step(step)?.title ?? ""))"
    case .answered(let step, let approved, let person, let why):
      return approved
        ? "  " + paint("yes    ", .good) + "\(step)  approved by \(visible(person))"
        : "  " + paint("NO     ", .error) + "\(step)  \(visible(person)) \(visible(why))"
    case .resumed(let by): return "resumed by \(visible(by))"
    case .reopened(let by, let why): return "taken up by \(visible(by)) to be undone: \(visible(why))"
    case .paused(let reason):
      return paint("interrupted: ", .warning) + visible(reason) + "; what was done stays"
    case .ruled(let task, let ruling, let by, let because):
      return "  settled \(task.step): \(ruling.rawValue), says \(visible(by)): \(visible(because))"
    case .locked(let fence, let after):
      let before = after.map { "\n" + paint("note: ", .warning) + visible($0) } ?? ""
      return isVerbose || after != nil ? "holds \(fence.cluster) as token \(fence.token)" + before : nil
    case .takenOver(let by):
      return paint("TAKEN OVER: ", .error) + visible(by) + "; this run does nothing more"
    case .compared(let restoration): return compared(restoration)
    case .ended: return nil
    }
  }

  private func finished(_ task: TaskKey, _ outcome: TaskOutcome, _ output: TaskOutput) -> String {
    let step = plan.step(task.step)
    let role = step?.role.rawValue ?? ""
    let loop = step?.tasks[task.index].loop.map { " (\($0.node))" } ?? ""
    let printed = isVerbose && !output.stdout.isEmpty ? "\n" + indented(output.stdout) : ""
    switch outcome {
    case .done: return "  " + paint("ok     ", .good) + "\(task.step)\(loop)  \(paint(role, .dim))" + printed
    case .failed(let reason), .refused(let reason):
      let place: String
      if loop.isEmpty, case .node(let node)? = step?.tasks[task.index].place {
        place = at(node)
      } else {
        place = loop
      }
      return "  " + paint("FAILED ", .error) + "\(task.step)\(place): \(visible(reason))" + printed
    case .unknown(let reason):
      return "  " + paint("unknown", .warning) + " \(task.step)\(loop): \(visible(reason))"
    }
  }

  private func undone(_ task: TaskKey, _ outcome: UndoOutcome) -> String {
    switch outcome {
    case .undone: "  " + paint("undone ", .good) + "\(task.step)"
    case .nothingToUndo(let why): "  nothing to undo for \(task.step): \(visible(why))"
    case .owed(let reason): "  " + paint("OWED   ", .error) + "\(task.step): \(visible(reason))"
    }
  }

  private func compared(_ restoration: Restoration) -> String {
    switch restoration {
    case .restored where plan.before == nil: "what was done is undone; there was no cluster to compare"
    case .restored: paint("verified: ", .good) + "the cluster is as it was before"
    case .differs(let differences):
      paint("the cluster differs from before: ", .error) + visible(differences.joined(separator: "; "))
    case .unknown(let reason):
      paint("the cluster could not be compared with before: ", .error) + visible(reason)
    }
  }

  private func at(_ node: NodeName?) -> String { node.map { " @\($0)" } ?? "" }

  private func short(_ command: String) -> String {
    let line = shellLine(command)
    return visible(line.count > 100 ? line.prefix(99) + "…" : line)
  }

  private func indented(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).map { "           \(visible(String($0)))" }.joined(
      separator: "\n")
  }
}

extension Settlement {
  var text: String {
    switch self {
    case .done(let how): "it was done: \(how)"
    case .failed(let reason): "it failed: \(reason)"
    case .without(let why): why
    case .neverStarted: "it was never started"
    case .undecidable(let reason): "nobody can say: \(reason)"
    }
  }
}
