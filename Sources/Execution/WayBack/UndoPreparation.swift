import Expressions
import Model
import Planning

/// What undoing one task takes with the cluster as it is seen now: for the runner that does it, and for a plan that only
/// shows it.
struct UndoPreparation {
  var machine: RunMachine
  var scope: Scope
  var run: RunID
  var secrets: [String: Secret] = [:]

  /// Whether there is still anything to undo, and whether it may be undone.
  enum Standing: Hashable {
    case due
    case nothing(why: String)
    case blocked(why: String)
  }

  /// Judged on the scope's own look at the cluster.
  func standing(of key: TaskKey, _ step: PlannedStep) -> Standing {
    guard let membership = scope.now?.membership else { return .due }
    if machine.hasNotLanded(key, hasLanded(step, step.tasks[key.index])) {
      return .nothing(why: "the cluster shows nothing of it")
    }
    guard machine.reopening != nil, let effect = step.undo.effect else { return .due }
    let now = membership.member(of: effect.node)
    switch effect.kind {
    case .remove where now == nil: return .nothing(why: "\(effect.node) is no member any more")
    case .addLearner, .addVoter:
      if now != nil { return .nothing(why: "\(effect.node) is a member again") }
    default: break
    }
    if let now, let left = machine.left?.member(of: effect.node), left.id != now.id {
      return .blocked(
        why: "\(effect.node) is another member now than the one this run left (\(now.id), not \(left.id))")
    }
    return .due
  }

  /// What the step's `landed:` says of the cluster as last seen; nil when it says nothing.
  func hasLanded(_ step: PlannedStep, _ task: PlannedTask) -> Bool? {
    guard let landed = step.landed, scope.now?.membership != nil else { return nil }
    let bindings = scope.inside(step.locals).at(scope.node(at: task.place), loop: task.loop).bindings
    return try? Query.compile(landed).isTrue(.null, bindings)
  }

  /// A file goes back where it was written, a command where the runbook says, by default where the act ran.
  func node(of key: TaskKey, _ step: PlannedStep) -> NodeName? {
    let task = step.tasks[key.index]
    if case .commands(_, let place?) = step.undo { return scope.node(at: place) }
    if case .leader = task.place { return scope.node(at: task.place) }
    return machine.sentTo[key] ?? scope.node(at: task.place)
  }

  func order(for key: TaskKey, _ step: PlannedStep, on node: NodeName) throws -> NodeOrder {
    let task = step.tasks[key.index]
    if let act = task.work.act {
      let site = ActSite(run: run, task: "\(key)", secrets: secrets)
      guard machine.reopening != nil else {
        return NodeOrder(display: act.undoDisplay, command: try act.undoCommand(in: site))
      }
      let facts = LateUndoFacts(
        wasDone: machine.tasks[key] == .done, isForgotten: machine.hasEndedWell)
      let late = try act.lateUndo(in: site, facts)
      return NodeOrder(display: act.undoDisplay, command: late.command, stdin: late.stdin)
    }
    guard let undo = task.undo else {
      throw MissingValue(description: "step \(step.id) has no undo command")
    }
    let text = try undo.rendered(in: scope.inside(step.locals).at(node, loop: task.loop))
    return NodeOrder(display: text, command: text)
  }
}

extension Scope {
  /// Who that is at this moment.
  func node(at place: PlannedTask.Place) -> NodeName? {
    let membership = now?.membership
    return switch place {
    case .node(let name): name
    case .leader: membership?.leader?.node
    case .anyOf(let names): names.first { membership?.member(of: $0)?.health == .healthy } ?? names.first
    case .belay: nil
    }
  }
}

extension RunMachine {
  /// Only what is not known to be done may turn out to have had no effect, unless others have been there since.
  fileprivate func hasNotLanded(_ key: TaskKey, _ landed: Bool?) -> Bool {
    landed == false && (tasks[key] != .done || undoAttempts[key] != nil || reopening != nil)
  }
}
