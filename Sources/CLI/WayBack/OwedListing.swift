import Execution
import Model
import Planning
import Report

extension Flag {
  static let owed = Flag(
    name: "owed", help: "only what is still owed: each undo with its node, command and reason")
}

/// `belay runs --owed`: what runs have left to be seen to.
struct OwedListing {
  let run: RunID
  let machine: RunMachine

  init?(_ replay: RunLog.Replay) {
    guard replay.machine.isOwing else { return nil }
    run = replay.start.run
    machine = replay.machine
  }

  var text: String {
    var lines = [
      "\(run)  \(machine.plan.runbook)  \(machine.plan.cluster?.rawValue ?? "-")  \(RunText.state(of: machine))"
    ]
    for debt in machine.debts {
      let place = debt.node.map { " @\($0)" } ?? ""
      let step = debt.task.map { "\($0.step)" } ?? "cluster"
      lines.append("  \(debt.kind.label) \(step)\(place): \(visible(debt.why))")
      if let command = debt.command { lines.append("    \(visible(shellLine(command)))") }
    }
    lines.append("  settle it with: belay rollback \(run)")
    return lines.joined(separator: "\n")
  }

  /// One object on one line.
  var json: String {
    let value: Value = [
      "format": 1, "run": .string(run.rawValue), "runbook": .string(machine.plan.runbook.rawValue),
      "cluster": machine.plan.cluster.map { .string($0.rawValue) } ?? .null,
      "state": .string(RunText.state(of: machine)), "next": .string("belay rollback \(run)"),
      "owed": .array(
        machine.debts.map { debt in
          [
            "kind": .string(debt.kind.rawValue),
            "step": debt.task.map { .string($0.step.rawValue) } ?? .null,
            "task": debt.task.map { .number(Double($0.index)) } ?? .null,
            "node": debt.node.map { .string($0.rawValue) } ?? .null,
            "command": debt.command.map { .string($0) } ?? .null, "why": .string(debt.why),
          ]
        }),
    ]
    return value.json()
  }
}

extension Debt.Kind {
  fileprivate var label: String {
    switch self {
    case .undo: "undo of"
    case .unknown: "unknown whether it happened:"
    case .irreversible: "cannot be undone:"
    case .cluster: "not as before:"
    }
  }
}
