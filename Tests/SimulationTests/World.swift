import Execution
import Model
import TestSupport
import Transport

/// How much goes wrong, in thousandths of what could.
struct Weather {
  var lostAnswers = 0
  var refusals = 0
  var failingActs = 0
  var failingUndos = 0
  var failingChecks = 0
  var killedProcesses = 0
  var reboots = 0
  var lateStarts = 0
  var interruptions = 0
  /// Of the controller, in a life of it.
  var deaths = 0
  var diskFaults = 0
  /// What a run did is wanted back after its end.
  var rollbacks = 0

  /// Somebody who is asked is not there, or says no.
  var absences = 0
  /// Another member comes to lead while a controller works.
  var elections = 0

  /// Whoever is asked can be asked.
  var isReachable: Bool { lostAnswers + refusals + reboots == 0 }

  static let calm = Weather()
  static let regret = Weather(rollbacks: 400)
  /// Acts and checks fail; nothing else does.
  static let failing = Weather(failingActs: 100, failingChecks: 200, elections: 500)
  static let hopeless = Weather(failingUndos: 50, failingChecks: 1000, elections: 800)
  static let rough = Weather(
    lostAnswers: 60, refusals: 40, failingActs: 80, failingUndos: 80, failingChecks: 150, killedProcesses: 25,
    reboots: 15, lateStarts: 300, interruptions: 100, deaths: 500, diskFaults: 120, rollbacks: 400,
    absences: 300)
}

/// Everything outside of belay: nodes, their cluster, the network and the controller's disk. It keeps its own log of
/// what really happened, and notes on the spot what must never happen.
final class World: @unchecked Sendable {
  let simulator: Simulator
  let disk = SimulatedDisk()
  let epoch = ContinuousClock.now
  let weather: Weather
  var random: SeededRandom
  var nodes: [NodeName: SimulatedNode] = [:]
  var cluster: SimulatedCluster
  var controller: Controller?
  private(set) lazy var judge = Judge(self)
  var runner: Runner?
  private(set) var log: [String] = []
  /// Whatever is to be run is asked for twice.
  var sendsTwice = false
  /// What a test wants of a command beside the weather.
  var interfere: (NodeCommand) -> Fate? = { _ in nil }

  let setting: Setting

  init(
    seed: UInt64, weather: Weather, members: [NodeName], spares: [NodeName], setting: Setting = Setting()
  ) {
    self.setting = setting
    simulator = Simulator(seed: seed)
    random = SeededRandom(seed: seed)
    self.weather = weather
    cluster = SimulatedCluster(members)
    for name in members + spares + [.controller] { nodes[name] = SimulatedNode() }
    for name in members { nodes[name]?.isStarted = true }
  }

  /// Nothing may hold on to anything: there are many worlds.
  func end() {
    controller?.die()
    controller = nil
    runner = nil
    simulator.forget()
    disk.forgetOwners()
  }

  var moments: Moments {
    Moments(diskOperations: controller?.diskOperations ?? 0, requests: controller?.requests ?? 0)
  }

  func note(_ text: String) { log.append("\(simulator.now) ms: \(text)") }

  func happens(_ thousandths: Int) -> Bool {
    thousandths > 0 && Int.random(in: 0..<1000, using: &random) < thousandths
  }

  func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

  // MARK: The network

  func deliver(
    _ request: CommandRequest, from controller: Controller,
    _ answer: @escaping (Result<CommandResult, TransportFailure>) -> Void
  ) {
    let node = request.node
    let command = NodeCommand(request)
    func unknown(_ reason: String) { answer(.success(CommandResult(exit: .unknown(reason: reason)))) }
    simulator.after(Int(request.timeout.components.seconds) * 1000) { unknown("nobody waited for its end") }
    if case .view = command { judge.looked(controller) }
    if case .check(let text) = command { judge.willAsk(text) }
    var answer = answer
    if case .receipt(let order) = command, order.verb == .run {
      judge.willSend(order, to: node, from: controller)
      let tell = answer
      answer = { [judge] result in
        judge.answered(order, result)
        tell(result)
      }
    }
    let there = pick(1...20)
    let back = pick(1...20)
    guard nodes[node]?.isUp == true, !happens(weather.refusals) else {
      return simulator.after(there) {
        answer(.failure(TransportFailure(node: node, kind: .unreachable, message: "no route to \(node)")))
      }
    }
    if sendsTwice, case .receipt(let order) = command, order.verb == .run {
      simulator.after(there + pick(0...400)) { [self] in perform(command.late, on: node) { _ in } }
    }
    let isCut = happens(weather.lostAnswers)
    if isCut {
      simulator.after(pick(0...4000)) { unknown("the connection was lost") }
      if pick(0...2) == 0 { return }
    }
    // A server may read what a dead connection still held.
    let late = isCut && happens(weather.lateStarts) ? pick(0...5000) : 0
    let arriving = late > 0 ? command.late : command
    simulator.after(there + late) { [self] in
      guard nodes[node]?.isUp == true else { return }
      perform(arriving, on: node) { result in
        self.simulator.after(back) { if !isCut { answer(.success(result)) } }
      }
    }
  }

  func answerQuestion() -> ApprovalAnswer {
    if !happens(weather.absences) { return .approved(by: "a person") }
    return pick(0...1) == 0 ? .denied(by: "a person", why: "no") : .nobody
  }

  /// Somebody presses Ctrl-C.
  func interrupt(after milliseconds: Int) {
    simulator.after(milliseconds) { [self] in
      guard let runner, controller?.isDead == false else { return }
      note("Ctrl-C")
      Task(executorPreference: simulator) { await runner.interrupt("stopped by SIGINT") }
    }
  }

  /// Of the controller's machine.
  func losePower() {
    note("the power fails")
    disk.losePower(&random)
  }

  // MARK: The nodes' lives

  func reboot(_ name: NodeName, downFor milliseconds: Int) {
    guard let node = nodes[name], node.isUp else { return }
    note("\(name) goes down for \(milliseconds) ms")
    node.isUp = false
    node.boot += 1
    for process in node.processes.values { process.isDead = true }
    judge.nodeDied(with: node.processes.values.map(\.startText))
    node.processes = [:]
    judge.somethingBroke()
    clusterChanged()
    simulator.after(milliseconds) { [self] in
      node.isUp = true
      note("\(name) is back")
      clusterChanged()
    }
  }
}
