import Model
import Transport

/// What acts do to the world.
extension World {
  func apply(_ act: SimulatedAct, _ order: ReceiptOrder, on name: NodeName) -> (exit: Int, stdout: String) {
    switch act.operation {
    case "set", "unset": break
    case "": return look(act.text, order.stdin, on: name)
    default:
      guard let target = act.target, change(act.operation, target, asking: name) else { return (1, "") }
    }
    judge.didApply(act, order)
    note("\(act.isUndo ? "undone" : "done"): \(act.keys.joined(separator: " "))")
    return (0, "")
  }

  /// Commands that are none of the generator's.
  func look(_ text: String, on name: NodeName) -> CommandResult {
    .printed("what is \(text.prefix(100))?", exit: 127)
  }

  private func look(_ text: String, _ stdin: [UInt8], on name: NodeName) -> (exit: Int, stdout: String) {
    (127, "")
  }
}

/// A file on a simulated node.
struct SimulatedFile: Hashable {
  var content: [UInt8]
  var mode = "644"
}
