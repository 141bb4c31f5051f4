import Execution
import Model
import Transport

/// A machine: what of it survives a reboot, and what does not.
final class SimulatedNode {
  var isUp = true
  var boot = 1
  /// Whether the cluster's service runs; it comes back with the machine.
  var isStarted = false
  var receipts: [String: Receipt] = [:]
  var processes: [String: Process] = [:]
  /// Up to which attempt a receipt was said never to have been claimed.
  var voids: [String: Int] = [:]
  var forgottenRuns: Set<String> = []

  final class Process {
    var isDead = false
    let startText: String
    init(_ startText: String) { self.startText = startText }
    var waiting: [(CommandResult) -> Void] = []
  }

  enum Receipt {
    case claimed(boot: Int)
    case done(exit: Int, stdout: String)
  }
}

/// How a command will go, decided when it starts.
struct Fate {
  enum Trouble: Equatable {
    case none, failsBefore, failsAfter
    case runnerDies(beforeTheEffect: Bool), nodeReboots(beforeTheEffect: Bool)

    var leavesNoOutcome: Bool { if case .runnerDies = self { true } else { false } }
  }

  var trouble = Trouble.none
  var milliseconds = 100
}

extension World {
  func perform(_ command: NodeCommand, on name: NodeName, _ answer: @escaping (CommandResult) -> Void) {
    guard let node = nodes[name] else { return }
    switch command {
    case .receipt(let order):
      switch order.verb {
      case .forget:
        node.receipts = node.receipts.filter { !$0.key.hasPrefix("\(order.run)/") }
        node.forgottenRuns.insert(order.run)
        answer(.printed("belay-receipt never\n"))
      case .ask: report(order, on: node, claiming: false, answer)
      // What it was about is forgotten by then. A real node knows it by the run's token, which these runs have not.
      case .run where order.isLate && node.forgottenRuns.contains(order.run): break
      case .run:
        if report(order, on: node, claiming: true, answer) { start(order, on: name, node, answer) }
      }
    case .view: answer(view(from: name))
    case .check(let text): check(text, on: name, answer)
    case .other(let text):
      let result = setting.sights.answer(text, on: name)
      if result.exit == .status(127) { judge.object("\(name) does not know the command \(text.prefix(300))") }
      simulator.after(pick(1...30)) { answer(result) }
    }
  }

  /// What the receipt says, once nobody runs it any more. True: there is none, and the caller has claimed it.
  @discardableResult
  private func report(
    _ order: ReceiptOrder, on node: SimulatedNode, claiming: Bool,
    _ answer: @escaping (CommandResult) -> Void
  ) -> Bool {
    if let process = node.processes[order.key] {
      process.waiting.append(answer)
      return false
    }
    switch node.receipts[order.key] {
    case .done(let exit, let stdout)?: answer(.printed("belay-receipt done \(exit)\n\(stdout)"))
    case .claimed(let boot)?:
      answer(.printed(boot == node.boot ? "belay-receipt unknown\n" : "belay-receipt unknown rebooted\n"))
    case nil:
      let void = node.voids[order.key] ?? 0
      if claiming, order.attempt > void { return true }
      if !claiming { node.voids[order.key] = max(void, order.attempt) }
      answer(.printed("belay-receipt never\n"))
    }
    return false
  }

  private func start(
    _ order: ReceiptOrder, on name: NodeName, _ node: SimulatedNode,
    _ answer: @escaping (CommandResult) -> Void
  ) {
    let process = SimulatedNode.Process(order.startText)
    process.waiting = [answer]
    node.processes[order.key] = process
    node.receipts[order.key] = .claimed(boot: node.boot)
    let act = setting.understand(order)
    judge.didStart(order, act, on: name)
    let fate = interfere(.receipt(order)) ?? self.fate(of: act)
    note("\(name) starts \(order.name): \(order.command.prefix(60)), \(fate.trouble)")
    let limit = order.timeoutSeconds * 1000
    let effectAt = fate.milliseconds / 2
    var exit = fate.trouble == .failsBefore ? 1 : 0
    var stdout = ""
    simulator.after(min(effectAt, limit)) { [self] in
      if fate.trouble == .nodeReboots(beforeTheEffect: true) {
        return reboot(name, downFor: pick(500...20_000))
      }
      guard !process.isDead, exit == 0, effectAt < limit,
        fate.trouble != .runnerDies(beforeTheEffect: true)
      else { return }
      (exit, stdout) = apply(act, order, on: name)
      if fate.trouble == .failsAfter { exit = 1 }
      if fate.trouble == .nodeReboots(beforeTheEffect: false) { reboot(name, downFor: pick(500...20_000)) }
    }
    simulator.after(min(fate.milliseconds, limit)) { [self] in
      guard !process.isDead else { return }
      node.processes[order.key] = nil
      if fate.milliseconds >= limit { exit = 124 }
      let leavesOutcome = !fate.trouble.leavesNoOutcome
      if leavesOutcome { node.receipts[order.key] = .done(exit: exit, stdout: stdout) }
      judge.didEnd(order, act, exit: leavesOutcome ? exit : nil)
      for waiter in process.waiting { report(order, on: node, claiming: false, waiter) }
    }
  }

  private func fate(of act: SimulatedAct) -> Fate {
    var fate = Fate(milliseconds: pick(0...9) == 0 ? pick(1000...90_000) : pick(5...1500))
    let failing = act.isUndo ? weather.failingUndos : weather.failingActs
    if happens(failing) {
      fate.trouble = pick(0...1) == 0 ? .failsBefore : .failsAfter
    } else if happens(weather.killedProcesses) {
      fate.trouble = .runnerDies(beforeTheEffect: pick(0...1) == 0)
    } else if happens(weather.reboots) {
      fate.trouble = .nodeReboots(beforeTheEffect: pick(0...1) == 0)
    }
    return fate
  }

  private func check(_ text: String, on name: NodeName, _ answer: @escaping (CommandResult) -> Void) {
    let fails = judge.isDoomed(text)
    simulator.after(pick(1...300)) {
      answer(CommandResult(exit: .status(fails ? 1 : 0), stdout: CapturedOutput(bytes: Array("seen".utf8))))
    }
  }
}

extension CommandResult {
  static func printed(_ text: String, exit: Int = 0) -> CommandResult {
    CommandResult(exit: .status(exit), stdout: CapturedOutput(bytes: Array(text.utf8)))
  }
}
