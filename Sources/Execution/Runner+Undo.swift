import Model
import Planning
import Transport

/// The way back: each undo looked at, guarded and journaled like an act, then the cluster held against the one
/// before the run.
extension Runner {
  func undo(_ key: TaskKey) async {
    guard let step = plan.step(key.step) else { return }
    if await wasUndone(step, key) {
      return record(.undoFinished(task: key, outcome: .undone, output: TaskOutput()))
    }
    switch await standing(of: key, step) {
    case .due: break
    case .nothing(let why):
      return record(.undoFinished(task: key, outcome: .nothingToUndo(why: why), output: TaskOutput()))
    case .blocked(let why): return owe(key, why)
    }
    guard let node = preparation.node(of: key, step) else {
      return owe(key, "no node to undo it on is known")
    }
    let order: NodeOrder
    do {
      order = try preparation.order(for: key, step, on: node)
    } catch {
      return owe(key, "\(error)")
    }
    guard await stillHolds(or: { owe(key, $0) }) else { return }
    // While it got ready, somebody may have asked the run to stop where it is.
    guard machine.actions.contains(.undo(key)) else { return }
    if let reason = lackOfRoom(forUndo: true) { return owe(key, reason) }
    record(
      .undoIntended(
        task: key, node: node, command: order.display, attempt: (machine.undoAttempts[key] ?? 0) + 1))
    guard canAct else { return }
    let (outcome, output) = await carryOutUndo(order, on: node, step: step, key: key)
    guard canAct, machine.takenOver == nil else { return }
    record(.undoFinished(task: key, outcome: outcome, output: output))
  }

  /// Looked at and guarded. What a guard refuses only because a member that this run acted on does not serve is looked at
  /// again for a while: it may be just starting, and an undo that is owed needs a person.
  private func standing(of key: TaskKey, _ step: PlannedStep) async -> UndoPreparation.Standing {
    // Starting a member costs no vote: a cluster that cannot agree must not keep one from being started again.
    let isJudged = plan.isJudged(step.undo.effect)
    let needsLook =
      step.landed != nil || isJudged || step.tasks[key.index].undo?.dependsOnTheCluster == true
    // Long after the run the member may be gone, or be another one.
    let looksForOthers = machine.reopening != nil && step.undo.effect != nil
    guard needsLook || looksForOthers, world.observer != nil else { return .due }
    var patience = Patience(world.comparing, clock: world.clock)
    var isSure = false
    while true {
      let membership = await look(purpose: "before undoing \(step.id)")?.membership
      if membership == nil, needsLook { return .blocked(why: disagreement) }
      let standing = preparation.standing(of: key, step)
      if case .nothing = standing, !isSure, canAct {
        isSure = true
        await patience.pause(Self.timeToComeRound)
        continue
      }
      guard standing == .due, let effect = step.undo.effect, let membership,
        let reason = guardReason(effect, on: membership, key: key, isUndo: true)
      else { return standing }
      let served = Set(machine.sentTo.values).union(machine.undoSentTo.values)
        .reduce(membership) { $0.applying(.start, to: $1) }
      guard canAct, machine.actions.contains(.undo(key)), !patience.isOver, served != membership,
        plan.allows(effect, on: served, world.nodes)
      else { return .blocked(why: reason) }
      await patience.pause(.milliseconds(500))
    }
  }

  var preparation: UndoPreparation {
    UndoPreparation(machine: machine, scope: scope, run: world.run, secrets: world.secrets)
  }

  /// Whether the undo that an earlier controller had begun has come to its end since: its receipt knows.
  private func wasUndone(_ step: PlannedStep, _ key: TaskKey) async -> Bool {
    guard let attempt = machine.undoAttempts[key] else { return false }
    let receipt = receipt(key, undoAttempt: attempt)
    return await ask(receipt, of: step, on: machine.undoSentTo[key])?.state == .done(exit: 0)
  }

  private func owe(_ key: TaskKey, _ reason: String) {
    record(.undoFinished(task: key, outcome: .owed(reason: reason), output: TaskOutput()))
  }

  private func carryOutUndo(
    _ order: NodeOrder, on node: NodeName, step: PlannedStep, key: TaskKey
  ) async -> (UndoOutcome, TaskOutput) {
    let receipt = receipt(key, undoAttempt: machine.undoAttempts[key] ?? 1)
    var reason = "its node cannot be reached"
    // An undo that was cut off is asked for again: its receipt keeps it from running twice.
    for _ in 0..<3 where canAct {
      do {
        let sent = try await send(order, to: node, for: step, under: receipt)
        switch sent.state {
        case .done(exit: 0): return (.undone, sent.output)
        case .done(let exit): return (.owed(reason: sent.ended(exit).failureText), sent.output)
        case .unknown(let why): reason = why
        case .never: reason = "the node answered out of turn"
        case .outranked(let token, let run):
          return (.owed(reason: await outranked(by: token, of: run, on: node)), TaskOutput())
        }
      } catch {
        reason = "\(node): \(error.message)"
      }
    }
    return (.owed(reason: reason), TaskOutput())
  }

  /// Who is a member, under which identity and with which vote, must be as before; and whoever served must serve.
  func compare() async {
    guard let before = plan.before?.membership, let observer = world.observer else {
      return record(.compared(restoration: .restored))
    }
    var patience = Patience(world.comparing, clock: world.clock)
    var restoration = Restoration.unknown(reason: "the cluster was not looked at")
    var inARow = 0
    while canAct {
      let observation = await observer.observe()
      remember(observation)
      let now = held(observation, against: before)
      inARow = now == restoration ? inARow + 1 : 1
      restoration = now
      // A member that has left for good does not come back by being waited for.
      let isFinal = if case .differs = restoration { changedForGood && inARow == 3 } else { false }
      if restoration == .restored || isFinal || patience.isOver {
        record(.observed(purpose: "after the unwind", observation: observation))
        break
      }
      await patience.pause(.milliseconds(500))
    }
    record(.compared(restoration: restoration))
  }

  /// Whether a change of the members was not taken back, be it that nothing can or that its undo was refused.
  private var changedForGood: Bool {
    let owed = Set(machine.owed.map(\.task.step))
    return plan.steps.contains { step in
      switch step.effect?.kind {
      case .addLearner?, .addVoter?, .promote?, .remove?: break
      default: return false
      }
      guard case .none = step.undo else { return owed.contains(step.id) }
      return step.tasks.indices.contains { index in
        switch machine.tasks[TaskKey(step.id, index)] {
        case .done?, .failed?: true
        default: false
        }
      }
    }
  }

  private func held(_ observation: Observation, against before: Membership) -> Restoration {
    guard let now = observation.membership else {
      return .unknown(reason: observation.disagreements.joined(separator: "; "))
    }
    var differences = before.differences(from: now)
    for member in before.members where member.health == .healthy {
      if let current = now.members.first(where: { $0.id == member.id }), current.health != .healthy {
        differences.append("\(member.label) was healthy and is \(current.health.rawValue)")
      }
    }
    if before.leader != nil, now.leader == nil { differences.append("no leader is seen") }
    return differences.isEmpty ? .restored : .differs(differences)
  }
}
