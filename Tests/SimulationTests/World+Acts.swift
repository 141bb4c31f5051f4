import Model
import Transport

/// How a runbook's commands are to be understood: by default, as the generator writes them.
struct Setting: Sendable {
  var understand: @Sendable (ReceiptOrder) -> SimulatedAct = { SimulatedAct($0) }
  /// What there is on its nodes besides.
  var sights = NodeSights(members: [])
  /// What a member's record holds besides, as JSON fields.
  var memberFacts: @Sendable (NodeName) -> String = { _ in "" }
  var hasVotes = true
  /// Whoever is asked passes it on to who can do it, and what is so already is no failure.
  var isForgiving = false
}

/// What acts do to the world.
extension World {
  func apply(_ act: SimulatedAct, _ order: ReceiptOrder, on name: NodeName) -> (exit: Int, stdout: String) {
    switch act.operation {
    case "set", "unset": break
    case "": return (127, "")
    default:
      guard change(act.operation, act.target ?? name, asking: name) else { return (1, "") }
    }
    judge.didApply(act, order)
    note("\(act.isUndo ? "undone" : "done"): \(act.keys.joined(separator: " "))")
    return (0, "")
  }
}
