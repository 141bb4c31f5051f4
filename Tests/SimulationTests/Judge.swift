import Execution
import Model
import Planning
import Transport

/// Knows what really happened, from the nodes' side, and objects to what must never happen. It shares no code with
/// what it judges: it reads durable lines as text, and the graph as the generator wrote it.
final class Judge {
  unowned let world: World
  init(_ world: World) { self.world = world }

  var runbook = JudgedRunbook()
  private(set) var objections: [String] = []
  /// Acts whose effect is there now, as `step@place`.
  private(set) var inPlace: Set<String> = []
  private(set) var everStarted = false
  /// What is in the journal, as heard when it was written or read back.
  var events: [RunEvent] = []
  /// How far the controller was when the run turned back.
  private(set) var turnedBackAt: Moments?
  /// Whether something of the membership changed that no undo brings back.
  var hasLostForGood: Bool {
    inPlace.contains { key in
      runbook.step(ofKey: key)?.undo == JudgedRunbook.Step.Undo.none && changed.contains(key)
    }
  }
  private var changed: Set<String> = []
  private var starts: [String: Int] = [:]
  private var running: [String: Int] = [:]
  /// Undos that ended well, and whose receipts say so.
  private var knownUndone: Set<String> = []
  private var owedSteps: Set<String> = []
  private var changeEnded = -1
  private var broken = -1
  private var lastLook: [ObjectIdentifier: Int] = [:]
  private var allowed: [String: (time: Int, by: ObjectIdentifier)] = [:]
  private var lastReply: [String: String] = [:]
  private var sender: [String: ObjectIdentifier] = [:]
  private var doomed: [String: Bool] = [:]

  func object(_ text: String) {
    objections.append(text)
    world.note("OBJECTION: \(text)")
  }

  // MARK: What is sent and done

  func willSend(_ order: ReceiptOrder, to node: NodeName, from controller: Controller) {
    if controller.hasDiskFailed { object("guarantee 7: \(order.name) is sent after a failed write") }
    sender[order.startText] = ObjectIdentifier(controller)
  }

  /// Not of one that a dead connection left behind: what was true of it when it was sent, nobody can look at again.
  private func checkVerdict(on order: ReceiptOrder, _ act: SimulatedAct) {
    // Who has no votes declares guards of its own, or none.
    guard act.isGuarded, world.setting.hasVotes, !order.isLate, let sender = sender[order.startText] else {
      return
    }
    // Whoever is no member may stop.
    if ["stop", "restart"].contains(act.operation), act.target.map({ world.cluster.member($0) }) == .some(nil)
    {
      return
    }
    if lastLook[sender].map({ $0 >= changeEnded }) != true {
      object("guarantee 8: \(order.name) starts without a look since the membership changed")
    }
    let verdict = allowed["\(order.taskText) \(act.isUndo)"]
    if verdict?.by != sender || verdict.map({ $0.time < changeEnded }) != false {
      object("guarantee 8: \(order.name) starts without a verdict since the membership changed")
    }
  }

  func didStart(_ order: ReceiptOrder, _ act: SimulatedAct, on node: NodeName) {
    everStarted = true
    let started = starts[order.startText, default: 0] + 1
    starts[order.startText] = started
    let intents = world.disk.intents(of: order)
    if intents < started {
      object("guarantee 1: \(order.name) starts \(started) times, with \(intents) durable intents")
    }
    let step = runbook.step(order.step)
    if !act.isUndo, started > 1 + (step?.retries ?? 0) {
      object("guarantee 3: \(order.name) starts \(started) times")
    }
    if !act.isUndo { knownUndone.remove("\(order.startText) undo") }
    if act.isUndo, knownUndone.contains(order.startText), world.weather.isReachable {
      object("guarantee 3: \(order.name) starts, and an undo before it had ended well")
    }
    if running[order.startText, default: 0] > 0 { object("guarantee 3: \(order.name) runs twice at once") }
    running[order.startText, default: 0] += 1
    if act.isUndo { checkOrder(of: act) }
    checkVerdict(on: order, act)
  }

  /// `exit`: as its receipt has it.
  func didEnd(_ order: ReceiptOrder, _ act: SimulatedAct, exit: Int?) {
    running[order.startText, default: 0] -= 1
    if act.isUndo, exit == 0 { knownUndone.insert(order.startText) }
    if act.changesMembership { changeEnded = world.simulator.now }
  }

  func nodeDied(with keys: [String]) { for key in keys { running[key, default: 0] -= 1 } }

  func didApply(_ act: SimulatedAct, _ order: ReceiptOrder) {
    if act.isUndo { inPlace.subtract(act.keys) } else { inPlace.formUnion(act.keys) }
    if act.operation == "remove" { changed.formUnion(act.keys) }
    guard act.isGuarded, world.setting.hasVotes, !order.isLate, let sender = sender[order.startText],
      let look = lastLook[sender],
      look > broken, allowed["\(order.taskText) \(act.isUndo)"]?.by == sender
    else { return }
    if !world.hasQuorum { object("guarantee 8: \(order.name) cost the quorum") }
  }

  func somethingBroke() { broken = world.simulator.now }
  func looked(_ controller: Controller) { lastLook[ObjectIdentifier(controller)] = world.simulator.now }

  /// Whatever was built on an act is undone before it, or owed.
  private func checkOrder(of act: SimulatedAct) {
    guard let key = act.keys.first, let own = runbook.step(ofKey: key) else { return }
    for later in inPlace.sorted() where !act.keys.contains(later) {
      guard let step = runbook.step(ofKey: later), step.undo == .command, step.id != own.id,
        !owedSteps.contains(step.id), runbook.depends(step, on: own)
      else { continue }
      object("guarantee 6: \(key) is undone while \(later), which was built on it, is still there")
    }
  }

  /// What a step sees must be what the acts before it have done.
  func willAsk(_ text: String) {
    guard let id = text.split(separator: " ").last, let step = runbook.step(String(id)) else { return }
    for act in runbook.steps
    where act.isAct && !act.mayBeSkipped && act.tolerates == 0 && !act.movesLeadership {
      guard runbook.depends(step, on: act), !inPlace.contains(where: { $0.hasPrefix("\(act.id)@") }) else {
        continue
      }
      object("\(step.id) is asked, and nothing is there of \(act.id), which it needs")
    }
  }

  /// A check that will never hold.
  func isDoomed(_ text: String) -> Bool {
    if let known = doomed[text] { return known }
    let verdict = world.happens(world.weather.failingChecks)
    doomed[text] = verdict
    return verdict
  }

  // MARK: What belay says of it

  /// How an act's command was answered, for whoever sent it.
  func answered(_ order: ReceiptOrder, _ result: Result<CommandResult, TransportFailure>) {
    if case .success(let result) = result, case .status = result.exit {
      lastReply[order.startText] = "status"
    } else {
      lastReply[order.startText] = "unknown"
    }
  }

  /// What is on the disk counts, though nobody lived to say so.
  func takeUp(_ found: [RunEvent], _ machine: RunMachine) {
    events = found
    owedSteps.formUnion(machine.owed.map { "\($0.task.step)" })
  }

  func heard(_ event: RunEvent, from controller: Controller) {
    events.append(event)
    switch event {
    case .guarded(let task, let isUndo, let verdict):
      let key = "\(task.step).\(task.index) \(isUndo)"
      allowed[key] = verdict.decision == .allow ? (world.simulator.now, ObjectIdentifier(controller)) : nil
    case .finished(let task, let outcome, _):
      guard runbook.step("\(task.step)")?.isAct == true else { return }
      let reply = lastReply["\(task.step).\(task.index)"]
      switch outcome {
      case .done, .failed:
        if reply == "unknown" { object("guarantee 4: \(task) ended \(outcome) without an exit status") }
      case .refused, .unknown: break
      }
    case .unwinding: turnedBackAt = world.moments
    // What was owed is due again.
    case .reopened: owedSteps = []
    case .undoFinished(let task, .owed, _): owedSteps.insert("\(task.step)")
    default: break
    }
  }
}

extension SimulatedAct {
  var changesMembership: Bool { !["", "set", "unset"].contains(operation) }
  var isGuarded: Bool {
    ["add-learner", "add-voter", "promote", "remove", "stop", "restart"].contains(operation)
  }
}
