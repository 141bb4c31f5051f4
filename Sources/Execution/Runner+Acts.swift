import Expressions
import Model
import Planning
import Transport

/// Acts: guarded on a fresh look, intended on disk, run once under a receipt, and settled when nobody knows.
extension Runner {
  func act(_ step: PlannedStep, _ task: PlannedTask, _ key: TaskKey) async {
    // Starting a member costs no vote: nothing is judged, so that nobody needs to be asked.
    let isJudged = plan.isJudged(step.effect)
    let act = task.work.act
    if isJudged || task.isBoundLate || act?.isForStrangers == true {
      guard let observation = await look(purpose: "before \(step.id)"),
        let membership = observation.membership
      else {
        return refuse(key, disagreement)
      }
      if let effect = step.effect, let reason = guardReason(effect, on: membership, key: key, isUndo: false) {
        return refuse(key, reason)
      }
    }
    guard let node = currentNode(task.place) else { return refuse(key, "no leader is seen") }
    if act?.isForStrangers == true, scope.now?.membership?.member(of: node) != nil {
      return refuse(key, "\(node) is a member of the cluster")
    }
    let order: NodeOrder
    do {
      order = try self.order(for: task, key, on: node, step: step)
    } catch {
      return refuse(key, "\(error)")
    }
    guard await stillHolds(or: { refuse(key, $0) }), isStillToStart(key) else { return }
    if let reason = lackOfRoom() { return refuse(key, reason) }
    record(.intended(task: key, node: node, command: order.display, attempt: nextAttempt(key)))
    await secure()
    guard canAct else { return }
    if let reason = rehearsed(step, .before) {
      return record(.finished(task: key, outcome: .failed(reason: reason), output: TaskOutput()))
    }
    var (outcome, output) = await carryOut(order, on: node, receipt: receipt(key), step: step, task: task)
    if let reason = rehearsed(step, .at), outcome == .done { outcome = .failed(reason: reason) }
    if outcome == .done { remember(output.out, of: key) }
    record(.finished(task: key, outcome: outcome, output: output))
    if let reason = rehearsed(step, .after), outcome == .done { record(.interrupted(reason: reason)) }
  }

  func refuse(_ key: TaskKey, _ reason: String) {
    record(.finished(task: key, outcome: .refused(reason: reason), output: TaskOutput()))
  }

  private func rehearsed(_ step: PlannedStep, _ moment: Rehearsal.Moment) -> String? {
    guard world.rehearsal == Rehearsal(step: step.id, moment: moment) else { return nil }
    return "a failure was rehearsed \(moment.rawValue) \(step.id)"
  }

  var disagreement: String { Observation.reasonForNoMembership(scope.now) }

  /// Why a guard says no, or nil; its verdict goes into the journal either way.
  func guardReason(_ effect: PlannedEffect, on membership: Membership, key: TaskKey, isUndo: Bool) -> String?
  {
    if let verdict = membership.judge(effect) {
      record(.guarded(task: key, isUndo: isUndo, verdict: verdict))
      guard verdict.decision == .allow else {
        return "\(effect.kind.rawValue) \(effect.node) is unsafe: \(verdict.reason)"
      }
    }
    for verdict in plan.declaredVerdicts(of: effect, on: membership, world.nodes) {
      record(.judged(task: key, isUndo: isUndo, verdict: verdict))
      if verdict.decision == .refuse {
        return "\(effect.kind.rawValue) \(effect.node) is unsafe: \(verdict.text)"
      }
    }
    return nil
  }

  private func order(for task: PlannedTask, _ key: TaskKey, on node: NodeName, step: PlannedStep) throws
    -> NodeOrder
  {
    if let act = task.work.act {
      let site = site(key)
      return NodeOrder(
        display: act.display, command: try act.command(in: site), stdin: try act.content(in: site))
    }
    guard case .command(let command) = task.work else {
      throw MissingValue(description: "an act without a command")
    }
    let text = try command.rendered(in: scope.inside(step.locals).at(node, loop: task.loop))
    return NodeOrder(display: text, command: text, stdin: try command.input(world.secrets))
  }

  func site(_ key: TaskKey) -> ActSite { ActSite(run: world.run, task: "\(key)", secrets: world.secrets) }

  func receipt(_ key: TaskKey, undoAttempt: Int? = nil) -> Receipt {
    if let undoAttempt { return Receipt(run: world.run, name: "\(key).undo.\(undoAttempt)") }
    // Tried again after a failure, it is another attempt with a receipt of its own; an attempt that only got lost
    // keeps the one it has.
    let retry = machine.fresh(key)
    return Receipt(
      run: world.run, name: retry > 0 ? "\(key).retry.\(retry)" : "\(key)",
      attempt: machine.attempts[key] ?? 1)
  }

  private func carryOut(
    _ order: NodeOrder, on node: NodeName, receipt: Receipt, step: PlannedStep, task: PlannedTask
  ) async -> (TaskOutcome, TaskOutput) {
    do {
      let sent = try await send(order, to: node, for: step, under: receipt)
      switch sent.state {
      case .done(exit: 124):
        return (.failed(reason: "it took longer than \(limit(of: step)) s and was stopped"), sent.output)
      case .done(let exit):
        let judged = checker.judge(step, task, sent.ended(exit), in: scope)
        return (judged.outcome, judged.output)
      case .unknown(let reason): return (.unknown(reason: reason), sent.output)
      case .never: return (.unknown(reason: "the node answered out of turn"), sent.output)
      case .outranked(let token, let run):
        return (.unknown(reason: await outranked(by: token, of: run, on: node)), TaskOutput())
      }
    } catch {
      // The transport throws only when the command certainly did not start, but the intent is on disk: asking
      // the receipt says so for sure.
      return (.unknown(reason: "\(node): \(error.message)"), TaskOutput())
    }
  }

  /// Finds out how an act ended that nobody saw end: first from its receipt, then from what it should have left.
  func settle(_ key: TaskKey) async {
    guard let step = plan.step(key.step) else { return }
    guard step.role == .act else { return record(.settled(task: key, as: .neverStarted)) }
    let node = machine.sentTo[key]
    // The receipt first: it waits for an act that is still running, and only then does a look mean anything.
    let answer = await ask(receipt(key), of: step, on: node)
    await look(purpose: "settling \(key)")
    var landed = hasLanded(step, step.tasks[key.index])
    if landed == false, case .unknown? = answer?.state {
      landed = await hasLandedSince(key, step, "settling \(key)")
    }
    var output: TaskOutput?
    let settlement: Settlement =
      switch (answer?.state, landed) {
      case (.done(exit: 0)?, _): judged(answer, step, key, &output)
      case (.done(let exit)?, _): .failed(reason: "its receipt says exit status \(exit)")
      case (.never?, _): neverStarted(key)
      case (_, true?): .done(how: "the cluster shows its effect")
      // Nobody runs it any more, so that what is not there now will not come either.
      case (.unknown(let why)?, false?): .without(effect: "it had no effect: \(why)")
      // Twice is as good as once: what nobody can find out need not be known.
      case (.unknown(let why)?, nil) where step.isIdempotent && step.retries != nil:
        .failed(reason: "nobody saw how it ended: \(why)")
      case (.unknown(let why)?, nil): .undecidable(reason: why)
      case (.outranked?, _): .undecidable(reason: "the node answered out of turn")
      case (nil, _): .undecidable(reason: "\(node?.rawValue ?? "its node") cannot be asked")
      }
    if let output { remember(output.out, of: key) }
    record(.settled(task: key, as: settlement, output: output))
    applyRuling(on: key)
  }

  /// What a person said of it is the last resort, and never more.
  func applyRuling(on key: TaskKey) {
    guard let word = world.rulings[key], case .undecidable? = machine.tasks[key] else { return }
    record(.ruled(task: key, as: word.ruling, by: word.by, because: word.because))
  }

  /// What it printed means the same as if somebody had been there to read it.
  private func judged(
    _ answer: Receipt.Answer?, _ step: PlannedStep, _ key: TaskKey, _ output: inout TaskOutput?
  ) -> Settlement {
    let result = CommandResult(
      exit: .status(0), stdout: .init(bytes: answer?.stdout ?? []), stderr: .init(bytes: []))
    let attempt = checker.judge(step, step.tasks[key.index], result, in: scope)
    guard attempt.outcome == .done else { return .failed(reason: attempt.reason) }
    output = attempt.output
    return .done(how: "its receipt says so")
  }

  /// It may start after all, but not for ever: a node that keeps no receipts would be asked again and again.
  private func neverStarted(_ key: TaskKey) -> Settlement {
    let attempts = (machine.attempts[key] ?? 0) - machine.fresh(key)
    guard attempts >= 3, case .unknown(let why)? = machine.tasks[key] else { return .neverStarted }
    return .without(effect: "it could not be started in \(attempts) attempts: \(why)")
  }

  /// Waits as long as the step may take, and lets its node come back meanwhile.
  func ask(_ receipt: Receipt, of step: PlannedStep, on node: NodeName?) async -> Receipt.Answer? {
    guard let node else { return nil }
    let limit = Duration.seconds(max(60, step.timeoutSeconds + 15))
    var patience = Patience(limit, clock: world.clock)
    while canAct {
      let request = CommandRequest(node: node, command: receipt.askCommand, timeout: limit)
      let start = patience.now
      if let result = try? await world.transport.run(request), case .status = result.exit {
        return Receipt.read(result)
      }
      patience.forgive(patience.now - start, instead: limit)
      if patience.isOver { return nil }
      await patience.pause(.seconds(1))
    }
    return nil
  }

  /// What is not seen may not have come round yet to those who were asked: it is looked for once more before anything is
  /// built on its absence.
  func hasLandedSince(_ key: TaskKey, _ step: PlannedStep, _ purpose: String) async -> Bool? {
    await world.clock.sleep(for: Self.timeToComeRound)
    await look(purpose: purpose)
    return hasLanded(step, step.tasks[key.index])
  }

  static let timeToComeRound = Duration.seconds(1)

  /// What the step's `landed:` says of the cluster as last seen; nil when it says nothing.
  func hasLanded(_ step: PlannedStep, _ task: PlannedTask) -> Bool? {
    preparation.hasLanded(step, task)
  }
}

extension RunMachine {
  /// How many attempts of it had, or have, a receipt of their own beside the first.
  fileprivate func fresh(_ key: TaskKey) -> Int { retries[key, default: 0] + restarts[key, default: 0] }
}

extension PlannedTask {
  /// Whether where it runs or what it says depends on the cluster at that moment.
  var isBoundLate: Bool {
    if case .leader = place { return true }
    if case .command(let command) = work { return command.dependsOnTheCluster }
    return false
  }
}

extension Plan {
  /// Whether every guard would let the effect pass.
  func allows(_ effect: PlannedEffect, on membership: Membership, _ nodes: [NodeName: Value.Object]) -> Bool {
    (membership.judge(effect)?.decision ?? .allow) == .allow
      && declaredVerdicts(of: effect, on: membership, nodes).allSatisfy { $0.decision != .refuse }
  }
}

extension Membership {
  func judge(_ effect: PlannedEffect) -> GuardVerdict? {
    judge(effect.kind, on: effect.node, learnerCaughtUp: hasCaughtUp(effect.node))
  }

  /// etcd's own rule for a promotion: a learner whose log has nine tenths of the leader's.
  func hasCaughtUp(_ node: NodeName) -> Bool? {
    guard let own = member(of: node)?.index, let leading = leader?.index else { return nil }
    return own * 10 >= leading * 9
  }
}
