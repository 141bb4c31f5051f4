import Model
import Planning
import Transport

/// The way back: each undo looked at, guarded and journaled like an act, then the cluster held against the one
/// before the run.
extension Runner {
  func undo(_ key: TaskKey) async {
    guard let step = plan.step(key.step) else { return }
    let task = step.tasks[key.index]
    if await wasUndone(step, key) {
      return record(.undoFinished(task: key, outcome: .undone, output: TaskOutput()))
    }
    // Starting a member costs no vote: a cluster that cannot agree must not keep one from being started again.
    let isJudged = plan.isJudged(step.undo.effect)
    let needsLook = step.landed != nil || isJudged || task.undo?.dependsOnTheCluster == true
    if needsLook, world.observer != nil {
      guard let observation = await look(purpose: "before undoing \(step.id)"),
        let membership = observation.membership
      else { return owe(key, disagreement) }
      if machine.hasNotLanded(key, hasLanded(step, task)) {
        return record(
          .undoFinished(
            task: key, outcome: .nothingToUndo(why: "the cluster shows nothing of it"), output: TaskOutput()))
      }
      if let effect = step.undo.effect,
        let reason = guardReason(effect, on: membership, key: key, isUndo: true)
      {
        return owe(key, reason)
      }
    }
    guard let node = undoNode(step, task, key) else { return owe(key, "no node to undo it on is known") }
    let command: String
    let display: String
    do {
      (command, display) = try undoCommand(step, task, key, on: node)
    } catch {
      return owe(key, "\(error)")
    }
    if let reason = lackOfRoom(forUndo: true) { return owe(key, reason) }
    record(
      .undoIntended(task: key, node: node, command: display, attempt: (machine.undoAttempts[key] ?? 0) + 1))
    guard canAct else { return }
    let (outcome, output) = await carryOutUndo(command, on: node, step: step, key: key)
    guard canAct else { return }
    record(.undoFinished(task: key, outcome: outcome, output: output))
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

  /// A file goes back where it was written, a command where the runbook says, by default where the act ran.
  private func undoNode(_ step: PlannedStep, _ task: PlannedTask, _ key: TaskKey) -> NodeName? {
    if case .commands(_, let place?) = step.undo { return currentNode(place) }
    if case .leader = task.place { return currentNode(task.place) }
    return machine.sentTo[key] ?? currentNode(task.place)
  }

  private func undoCommand(
    _ step: PlannedStep, _ task: PlannedTask, _ key: TaskKey, on node: NodeName
  ) throws -> (String, String) {
    if let act = task.work.act { return (try act.undoCommand(in: site(key)), act.undoDisplay) }
    guard let undo = task.undo else { throw MissingValue(description: "step \(step.id) has no undo command") }
    let text = try undo.rendered(in: scope.inside(step.locals).at(node, loop: task.loop))
    return (text, text)
  }

  private func carryOutUndo(
    _ command: String, on node: NodeName, step: PlannedStep, key: TaskKey
  ) async -> (UndoOutcome, TaskOutput) {
    let seconds = max(1, Int(step.timeoutSeconds.rounded(.up)))
    let receipt = receipt(key, undoAttempt: machine.undoAttempts[key] ?? 1)
    var reason = "its node cannot be reached"
    // An undo that was cut off is asked for again: its receipt keeps it from running twice.
    for _ in 0..<3 where canAct {
      do {
        let result = try await world.transport.run(
          CommandRequest(
            node: node, command: receipt.runCommand(command, timeoutSeconds: seconds),
            timeout: .seconds(seconds + 15)))
        let (state, stdout) = Receipt.read(result)
        let output = TaskOutput(result, stdout: stdout)
        switch state {
        case .done(exit: 0): return (.undone, output)
        case .done(let exit):
          let inner = CommandResult(exit: .status(exit), stdout: .init(bytes: stdout), stderr: result.stderr)
          return (.owed(reason: inner.failureText), output)
        case .unknown(let why): reason = why
        case .never: reason = "the node answered out of turn"
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
    let clock = world.clock
    let deadline = clock.now + .seconds(30)
    var restoration = Restoration.unknown(reason: "the cluster was not looked at")
    while canAct {
      let observation = await observer.observe()
      remember(observation)
      restoration = held(observation, against: before)
      if restoration == .restored || clock.now >= deadline {
        record(.observed(purpose: "after the unwind", observation: observation))
        break
      }
      await clock.sleep(for: .milliseconds(500))
    }
    record(.compared(restoration: restoration))
  }

  private func held(_ observation: Observation, against before: Membership) -> Restoration {
    guard let now = observation.membership else {
      return .unknown(reason: observation.disagreements.joined(separator: "; "))
    }
    var differences = before.identity.subtracting(now.identity).sorted().map { "missing: \($0)" }
    differences += now.identity.subtracting(before.identity).sorted().map { "left over: \($0)" }
    for member in before.members where member.health == .healthy {
      if let current = now.members.first(where: { $0.id == member.id }), current.health != .healthy {
        differences.append("\(member.label) was healthy and is \(current.health.rawValue)")
      }
    }
    if before.leader != nil, now.leader == nil { differences.append("no leader is seen") }
    return differences.isEmpty ? .restored : .differs(differences)
  }
}

extension RunMachine {
  /// Only what is not known to be done may turn out to have had no effect.
  fileprivate func hasNotLanded(_ key: TaskKey, _ landed: Bool?) -> Bool {
    landed == false && (tasks[key] != .done || undoAttempts[key] != nil)
  }
}
