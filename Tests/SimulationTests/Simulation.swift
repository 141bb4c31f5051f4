import Execution
import Hashing
import Journal
import Loading
import Model
import Planning
import TestSupport

/// A planned runbook and the world that it was planned in: planning costs more than running, so that seeds share it.
struct Scenario {
  let book: JudgedRunbook
  let planner: Planner
  let system: ClusterSystem
  let inventory: Cluster
  let plan: Plan
  /// As the journal's first record has it; a plan takes long to write down.
  let binding: Value.Object
  var setting = Setting()

  static let place = SourceLocation(file: "inventory.yaml", line: 1, column: 1)
  static let run = RunID("run-1")

  struct Unfit: Error {
    var why: String
  }

  /// Nil: what the seed makes is refused, as it should be.
  static func make(seed: UInt64) throws -> Scenario? {
    var generator = RunbookGenerator(seed: seed)
    let book = generator.make()
    let inventory = Cluster(
      name: ClusterName("c"), system: Located(SystemName("sim"), at: place),
      nodes: (book.members + book.spares).map {
        Node(
          name: $0, address: "127.0.0.1", state: book.members.contains($0) ? .member : .spare,
          ssh: SSHSettings(), variables: [:], location: place)
      },
      location: place)
    let system = try loadedSystem()
    let loaded = loadRunbook(
      SourceFile(path: "sim/r.yaml", text: "runbook: sim/r\nsummary: A test.\nsteps:\n" + book.yaml),
      name: RunbookName("sim/r"),
      templates: { name throws(FileProblem) in throw FileProblem("no-such-template", name) },
      context: RunbookContext(system: system, clusters: [inventory]))
    guard let runbook = loaded.value else { throw Unfit(why: "\(loaded.diagnostics)\n\(book.yaml)") }
    let planner = Planner(
      runbook: runbook, cluster: inventory, system: system, inputs: [:],
      origin: Plan.Origin(runbook: "sim/r.yaml", inventories: []), sources: [:])
    let world = World(seed: seed, weather: .calm, members: book.members, spares: book.spares)
    let controller = Controller(world)
    let observer = try Observer(
      system: system, cluster: inventory, nodes: planner.nodeValues, transport: controller, clock: controller)
    let plan = try world.simulator.run {
      try await Survey(transport: controller, observer: observer, clock: controller).plan(
        with: planner, hostKeys: [:])
    }
    guard plan.isApplicable else { return nil }
    let binding = try RunLog.binding(
      RunLog.Start(
        run: run, plan: plan, planDigest: try plan.digest().hex, belay: "test", operatorName: "tester",
        host: "here", directory: "/", previousHead: nil))
    return Scenario(
      book: book, planner: planner, system: system, inventory: inventory, plan: plan, binding: binding)
  }

  private static func loadedSystem() throws -> ClusterSystem {
    let loaded = loadSystem(
      SourceFile(
        path: "sim/system.yaml",
        text: """
          system: sim
          summary: A cluster that exists only in memory.
          observe:
            timeout: 5s
            ask:
              view: { run: sim view, parse: json }
            view: .view
            identify: $member.name == $node.name
          """), name: SystemName("sim"))
    guard let system = loaded.value else { throw Unfit(why: "\(loaded.diagnostics)") }
    return system
  }
}

/// One run in one world, over as many controllers as it takes.
final class Simulation {
  let scenario: Scenario
  let world: World
  private let before: [SimulatedCluster.Member]
  private let path = "/runs/run-1.jsonl"
  private(set) var controllers = 0
  private(set) var wasWantedBack = false
  /// Of how many journals one is read back in the end.
  var readingBackOneOf = 10
  /// How far the last controller came.
  private(set) var moments = Moments()

  init(_ scenario: Scenario, seed: UInt64, weather: Weather) {
    self.scenario = scenario
    world = World(
      seed: seed, weather: weather, members: scenario.book.members, spares: scenario.book.spares,
      setting: scenario.setting)
    world.judge.runbook = scenario.book
    before = world.cluster.members
  }

  /// Somebody who was removed and added again is another member.
  var hasOtherMembers: Bool { Set(before) != Set(world.cluster.members) }

  enum End {
    case ended(ExitCode)
    /// The controller is no more, or could not write.
    case died
    /// The run never got as far as having a journal.
    case neverBegan
  }

  func begin(_ death: Controller.Death? = nil, fault: MountedDisk.Fault? = nil) throws -> End {
    let controller = Controller(world, death: death, fault: fault)
    controllers += 1
    return try drive(controller) { [scenario, path] in
      let journal = try JournalWriter.create(
        path, kind: RunLog.startKind, binding: scenario.binding,
        storage: controller.storage)
      let runner = Runner(
        world: try scenario.world(controller), machine: RunMachine(plan: scenario.plan),
        outputs: StepOutputs(), journal: journal)
      await runner.confirm(RunMachine(plan: scenario.plan).unconfirmed, by: "tester")
      return runner
    }
  }

  /// As another process would, from what the disk holds.
  func resume(_ death: Controller.Death? = nil, fault: MountedDisk.Fault? = nil) throws -> End {
    try takeUp(death, fault: fault)
  }

  /// `goesBack`: somebody wants undone what was done, whether the run has ended or not.
  private func takeUp(
    _ death: Controller.Death? = nil, fault: MountedDisk.Fault? = nil, goesBack: Bool = false
  ) throws -> End {
    world.controller?.die()
    world.simulator.wait(world.pick(100...20_000))
    guard world.disk.file(path).map({ !$0.bytes.isEmpty }) == true else { return .neverBegan }
    let controller = Controller(world, death: death, fault: fault)
    controllers += 1
    return try drive(controller) { [scenario, path] in
      _ = try JournalRepair.repair(path, storage: controller.storage)
      let (journal, contents) = try JournalWriter.open(path, storage: controller.storage)
      let replay = try RunLog.replay(contents.records)
      controller.world.judge.takeUp(replay.events.map(\.event), replay.machine)
      if case .ended(let exit) = replay.machine.phase,
        !goesBack || RollbackPlan.needlessness(of: replay.machine) != nil
      {
        throw HasEnded(exit: exit)
      }
      let runner = Runner(
        world: try scenario.world(controller), machine: replay.machine, outputs: replay.outputs,
        printed: replay.printed, journal: journal)
      if goesBack, RollbackPlan.needlessness(of: replay.machine) == nil {
        await runner.reopen(by: "tester", why: "it was not wanted after all")
      } else {
        await runner.resumed(by: "tester")
      }
      return runner
    }
  }

  private struct HasEnded: Error {
    var exit: Int
  }

  private func drive(_ controller: Controller, _ begin: @escaping @Sendable () async throws -> Runner) throws
    -> End
  {
    defer { moments = world.moments }
    do {
      let exit = try world.simulator.run(started: { controller.task = $0 }) {
        let runner = try await begin()
        controller.world.runner = runner
        if controller.world.happens(controller.world.weather.interruptions) {
          controller.world.interrupt(after: controller.world.pick(0...20_000))
        }
        controller.world.electSometime()
        return try await runner.run()
      }
      return controller.isDead ? .died : .ended(exit)
    } catch let stuck as Simulator.Stuck {
      throw Campaign.Failure((["\(stuck)", scenario.book.yaml] + world.log).joined(separator: "\n"))
    } catch let ended as HasEnded {
      return .ended(ExitCode(rawValue: ended.exit) ?? .internalError)
    } catch JournalError.empty {
      return .neverBegan
    } catch is JournalError {
      controller.die()
      return .died
    }
  }

  /// From the beginning to the end, whatever happens: each life of the controller may end anywhere, and the last one
  /// does not.
  func live(lives: Int = 4) throws -> End {
    var end = try begin(death(), fault: fault())
    var life = 1
    while life < lives + 4 {
      switch end {
      case .died:
        if world.happens(300) { world.losePower() }
        end = life < lives ? try resume(death(), fault: fault()) : try resume()
      case .ended(.interrupted): end = try resume(life < lives ? death() : nil)
      case .ended(let exit) where isWantedBack(exit):
        end = try life < lives ? takeUp(death(), fault: fault(), goesBack: true) : takeUp(goesBack: true)
      case .ended, .neverBegan: return end
      }
      life += 1
    }
    return end
  }

  /// Once, and after it was judged as it was left.
  private func isWantedBack(_ exit: ExitCode) -> Bool {
    guard [.done, .needsPerson].contains(exit), !wasWantedBack, world.happens(world.weather.rollbacks) else {
      return false
    }
    wasWantedBack = true
    world.controller?.die()
    world.simulator.wait(200_000)
    world.judge.checkEnd(exit, before: before)
    return true
  }

  private func death() -> Controller.Death? {
    guard world.happens(world.weather.deaths) else { return nil }
    return switch world.pick(0...3) {
    case 0: .beforeRequest(world.pick(0...60))
    case 1: .afterRequest(world.pick(0...60))
    default: .atDiskOperation(world.pick(0...80))
    }
  }

  private func fault() -> MountedDisk.Fault? {
    guard world.happens(world.weather.diskFaults) else { return nil }
    return MountedDisk.Fault(
      operation: world.pick(0...80), bytesWritten: world.pick(0...1) * world.pick(1...100),
      isForGood: world.pick(0...1) == 0)
  }

  /// What was promised, once everything that was under way has come to its end.
  func objections(after end: End) throws -> [String] {
    world.controller?.die()
    world.simulator.wait(200_000)
    switch end {
    case .neverBegan:
      if world.judge.everStarted {
        world.judge.object("guarantee 1: there is no journal, and an act was started")
      }
    case .died: world.judge.object("guarantee 5: the run came to no end")
    case .ended(let exit):
      world.judge.checkEnd(exit, before: before)
      // Reading a journal back takes as long as the run itself.
      if world.pick(1...readingBackOneOf) == 1 {
        let read = try RunLog.replay(try records()).events.map(\.event)
        if read != world.judge.events { world.judge.object("the journal is not what was heard of the run") }
      }
    }
    world.end()
    return world.judge.objections
  }

  private func records() throws -> [JournalRecord] {
    try JournalWriter.open(path, storage: Controller(world).storage).contents.records
  }
}

extension Scenario {
  func world(_ controller: Controller) throws -> Runner.World {
    var world = Runner.World(
      run: Self.run, transport: controller,
      observer: try Observer(
        system: system, cluster: inventory, nodes: planner.nodeValues, transport: controller,
        clock: controller),
      nodes: planner.nodeValues
    ) { event in controller.world.judge.heard(event, from: controller) }
    world.clock = controller
    world.approve = { _, _ in controller.world.answerQuestion() }
    return world
  }
}
