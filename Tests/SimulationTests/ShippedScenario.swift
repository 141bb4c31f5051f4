import Execution
import Hashing
import Journal
import Model
import Planning

extension Scenario {
  static func shipped(_ shipped: ShippedRunbook) throws -> Scenario {
    let loaded = try shipped.load()
    let planner = Planner(
      runbook: loaded.runbook, cluster: loaded.cluster, system: loaded.system, inputs: loaded.inputs,
      origin: Plan.Origin(runbook: "\(shipped.name)", inventories: []), sources: [:])
    var book = JudgedRunbook()
    for node in loaded.cluster.nodes {
      if node.state == .member { book.members.append(node.name) } else { book.spares.append(node.name) }
    }
    var setting = Setting(hasVotes: loaded.system.hasVotes, isForgiving: true)
    let facts = planner.nodeValues.mapValues { $0.memberFacts }
    setting.memberFacts = { facts[$0] ?? "" }
    setting.sights = NodeSights(members: Set(book.members), knowsAll: true)
    let world = World(
      seed: 1, weather: .calm, members: book.members, spares: book.spares, setting: setting)
    let controller = Controller(world)
    let observer = try Observer(
      system: loaded.system, cluster: loaded.cluster, nodes: planner.nodeValues, transport: controller,
      clock: controller)
    var plan = try world.simulator.run {
      try await Survey(transport: controller, observer: observer, clock: controller).plan(
        with: planner, hostKeys: [:])
    }
    world.end()
    guard plan.isApplicable else {
      throw Unfit(
        why: plan.refusals.map { "\($0.step.map { "\($0): " } ?? "")\($0.reason)" }.joined(separator: "; "))
    }
    for step in plan.steps { book.add(JudgedRunbook.Step(step)) }
    book.yaml = "\(shipped.name) with \(loaded.inputs.mapValues(\.text).sorted { $0.key < $1.key })"
    setting.understand = plan.effects()
    plan.markQuestions()
    let binding = try RunLog.binding(
      RunLog.Start(
        run: run, plan: plan, planDigest: try plan.digest().hex, belay: "test", operatorName: "tester",
        host: "here", directory: "/", previousHead: nil))
    return Scenario(
      book: book, planner: planner, system: loaded.system, inventory: loaded.cluster, plan: plan,
      binding: binding, setting: setting)
  }
}

extension JudgedRunbook.Step {
  init(_ step: PlannedStep) {
    self.init(
      id: "\(step.id)", source: step.source, isAct: step.role == .act, needs: step.needs.map { "\($0)" })
    switch step.undo {
    case .nothing, .none: undo = .none
    case .covered(let by):
      undo = .covered
      coveredBy = "\(by)"
    case .commands, .restoreFile, .restore: undo = .command
    }
    retries = step.retries?.times ?? 0
    mayBeSkipped = step.condition != .always || step.tasks.isEmpty
    tolerates = step.tolerates
    movesLeadership = step.effect?.kind == .transferLeadership
  }
}

extension Plan {
  /// A question says whose it is: the world answers it as it answers those of generated runbooks.
  fileprivate mutating func markQuestions() {
    for step in steps.indices where steps[step].role != .act {
      for task in steps[step].tasks.indices {
        guard case .command(var command) = steps[step].tasks[task].work else { continue }
        command.template = "\(NodeCommand.checkMark)\(steps[step].id)\n" + command.template
        steps[step].tasks[task].work = .command(command)
      }
    }
  }

  /// What each act and each undo does to the members, as the plan declares it.
  fileprivate func effects() -> @Sendable (ReceiptOrder) -> SimulatedAct {
    let steps = Dictionary(steps.map { ("\($0.id)", $0) }) { first, _ in first }
    var covered: [String: [PlannedStep]] = [:]
    for step in self.steps {
      if case .covered(let by) = step.undo { covered["\(by)", default: []].append(step) }
    }
    return { [covered] order in
      guard let step = steps[order.step] else {
        return SimulatedAct(keys: [], isUndo: false, operation: "", target: nil)
      }
      var keys = ["\(step.id)@\(order.index)"]
      guard order.isUndo else {
        return SimulatedAct(
          keys: keys, isUndo: false, operation: step.effect?.kind.rawValue ?? "set", target: step.effect?.node
        )
      }
      for other in covered[order.step] ?? [] {
        let isAlike = other.tasks.count == step.tasks.count
        keys += (isAlike ? [order.index] : Array(other.tasks.indices)).map { "\(other.id)@\($0)" }
      }
      let effect = step.undo.declaredEffect
      return SimulatedAct(
        keys: keys, isUndo: true, operation: effect?.kind.rawValue ?? "unset", target: effect?.node)
    }
  }
}

extension PlannedUndo {
  fileprivate var declaredEffect: PlannedEffect? {
    switch self {
    case .commands(let effect, _), .restore(let effect): effect
    case .nothing, .restoreFile, .covered, .none: nil
    }
  }
}

extension Value.Object {
  /// A member's record has what the inventory says of its node, and of what systems tell besides that all is well.
  fileprivate var memberFacts: String {
    var facts = self
    facts["name"] = nil
    facts["state"] = .string("Up")
    facts["status"] = .string("UP")
    for name in ["shards", "sole_copies", "regions", "pending", "assertion_count"] {
      facts[name] = .number(0)
    }
    for name in ["capacity", "available"] { facts[name] = .number(1e12) }
    facts["alone"] = .bool(false)
    facts["gossip"] = .string("\(self["address"]?.stringValue ?? ""):\(self["gossip_port"]?.json() ?? "")")
    facts["sees"] = .object(["each": .string("UP")])
    return "," + Value.object(facts).json().dropFirst().dropLast()
  }
}
