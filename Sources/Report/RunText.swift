package import Execution
package import Model
import Planning
import Platform

/// A journal told to a person: what was planned, what happened, how it ended.
package struct RunText {
  private let replay: RunLog.Replay
  private let paint: Paint

  package init(_ replay: RunLog.Replay, paint: Paint) {
    self.replay = replay
    self.paint = paint
  }

  private var machine: RunMachine { replay.machine }
  private var start: RunLog.Start { replay.start }

  /// `done`, `rolled back`, … or that nobody ended it.
  package static func state(of machine: RunMachine) -> String {
    guard case .ended(let exit) = machine.phase else {
      if machine.reopening != nil { return "on its way back, not ended" }
      if machine.takenOver != nil { return "taken over" }
      return machine.waitingFor.map { "waits for a person at \($0)" } ?? "not ended"
    }
    switch ExitCode(rawValue: exit) {
    case .done: return "done"
    case .refused: return "refused"
    case .rolledBack: return "rolled back"
    case .needsPerson: return "needs a person"
    default: return "exit \(exit)"
    }
  }

  /// The four lines a failed run ends with; fewer when all went well.
  package func closing(exit: ExitCode) -> String {
    var summary = machine.summary(exit: exit, run: start.run)
    // A run that was taken up again after its end has not ended by that.
    if case .ended = machine.phase, case .ended(_, let written)? = replay.events.last?.event {
      summary = written
    }
    let isGood = exit == .done
    var text =
      paint(isGood ? "done      " : "happened  ", isGood ? .good : .error) + visible(summary.happened) + "\n"
    if !isGood {
      text +=
        "undone    \(summary.undone.isEmpty ? "nothing" : summary.undone.joined(separator: ", then "))\n"
      text +=
        "owed      \(summary.owed.isEmpty ? "nothing" : visible(summary.owed.joined(separator: "; ")))\n"
    }
    if exit == .interrupted, machine.waitingFor == nil, machine.pause == nil {
      return text + "next      belay resume \(start.run)\n"
    }
    return text + "next      \(summary.next ?? "belay show \(start.run)")\n"
  }

  package var text: String {
    let plan = machine.plan
    var text = paint("Run \(start.run)", .strong) + "  \(plan.runbook)"
    if let cluster = plan.cluster { text += " on cluster \(cluster)" }
    text += ": \(RunText.state(of: machine))\n"
    text +=
      "  by \(visible(start.operatorName)) on \(visible(start.host)), belay \(start.belay), plan \(start.planDigest.prefix(16))\n"
    for (name, value) in plan.inputs.sorted(by: { $0.key < $1.key }) {
      text += "  \(name) = \(visible(value.text))\n"
    }
    text += paint("What happened", .strong) + "\n"
    let progress = ProgressText(plan: plan, paint: paint, isVerbose: true)
    for (time, event) in replay.events {
      guard let line = progress.line(for: event) else { continue }
      text += "  \(paint(String(time.description.dropFirst(11).prefix(8)), .dim)) "
      text += line.split(separator: "\n").joined(separator: "\n           ") + "\n"
    }
    guard case .ended(let exit) = machine.phase else {
      if machine.reopening != nil {
        return text + "Nobody ended this run. Go on with: belay rollback \(start.run)\n"
      }
      let answer = machine.waitingFor.map { " --approve \($0)" } ?? ""
      return text + "Nobody ended this run. Go on with: belay resume \(start.run)\(answer)\n"
    }
    return text + closing(exit: ExitCode(rawValue: exit) ?? .internalError)
  }

  /// One object on one line.
  package static func json(_ replay: RunLog.Replay, exit: ExitCode?) -> String {
    let machine = replay.machine
    var code = exit
    if case .ended(let ended) = machine.phase { code = code ?? ExitCode(rawValue: ended) }
    let summary = machine.summary(exit: code ?? .interrupted, run: replay.start.run)
    let value: Value = [
      "format": 1, "run": .string(replay.start.run.rawValue),
      "runbook": .string(machine.plan.runbook.rawValue),
      "cluster": machine.plan.cluster.map { .string($0.rawValue) } ?? .null,
      "plan_digest": .string(replay.start.planDigest), "state": .string(state(of: machine)),
      "exit": exit.map { .number(Double($0.rawValue)) } ?? .null, "happened": .string(summary.happened),
      "approvals": .array(
        machine.signatures.map {
          [
            "purpose": .string($0.purpose.rawValue), "principal": .string($0.person),
            "fingerprint": .string($0.fingerprint),
          ]
        }), "undone": .array(summary.undone.map { .string($0) }),
      "owed": .array(summary.owed.map { .string($0) }),
    ]
    return value.json()
  }
}
