import Execution
import Hashing
import Journal
import Loading
import Model
import Planning
import Platform
import TestSupport
import Testing
import Transport

/// A small made-up cluster with a runbook, from its text to the journal of its run: the nodes are directories
/// whose commands real shells run, the connection is a double.
struct Bench {
  static let names = ["n1", "n2", "n3"].map { NodeName($0) }

  let planner: Planner
  let machines: [NodeName: LocalShell]
  let scratch = ScratchDirectory()
  let run = RunID("run-1")
  /// How long a cluster may take to be as before.
  var comparing = Duration.milliseconds(200)
  /// What the run holds its cluster by, if it does.
  var lock: (any RunLock)?

  /// `steps` is the YAML below `steps:`. Every node shows the three of them as healthy voters led by n1.
  /// `library` holds the steps of runbooks that it may use, `mini/…`.
  init(
    _ steps: String, library: [String: String] = [:], spare: NodeName? = nil, system: String = ""
  ) throws {
    let names = Self.names + [spare].compactMap(\.self)
    machines = try Dictionary(uniqueKeysWithValues: names.map { ($0, try LocalShell()) })
    planner = try Bench.planner(steps, homes: machines.mapValues(\.home), library: library, system: system)
    for name in Self.names { try show(on: name) }
  }

  static func planner(
    _ steps: String, homes: [NodeName: String] = [:], library: [String: String] = [:],
    system more: String = ""
  ) throws -> Planner {
    let wipeable = homes.isEmpty ? "" : "\nwipe: { allow: [\(homes.values.joined(separator: ", "))] }"
    let spares = homes.keys.filter { !names.contains($0) }
    let place = SourceLocation(file: "inventory.yaml", line: 1, column: 1)
    let cluster = Cluster(
      name: ClusterName("c"), system: Located(SystemName("mini"), at: place),
      nodes: (names + spares).map {
        Node(
          name: $0, address: "127.0.0.1", state: names.contains($0) ? .member : .spare, ssh: SSHSettings(),
          variables: ["home": .string(homes[$0] ?? "/nowhere")], location: place)
      },
      location: place)
    let system = loadSystem(
      SourceFile(
        path: "system.yaml",
        text: """
          system: mini
          summary: A cluster that says of itself what a file holds.
          observe:
            timeout: 5s
            ask:
              view: { run: "cat ${here.home}/view.json", parse: json }
            view: .view
            identify: $member.name == $node.name
          """ + wipeable + "\n" + more), name: SystemName("mini"))
    try #require(system.value != nil, "\(system.diagnostics)")
    let context = RunbookContext(system: system.value, clusters: [cluster])
    let runbook = load("mini/test", "summary: A test.\nsteps:\n" + indented(steps), library, context)
    return Planner(
      runbook: try #require(runbook.value, "\(runbook.diagnostics)"), cluster: cluster,
      system: system.value, inputs: [:],
      origin: Plan.Origin(runbook: "mini/test.yaml", inventories: []), sources: [:])
  }

  private static func indented(_ steps: String) -> String {
    steps.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)\n" }.joined()
  }

  private static func load(
    _ name: String, _ body: String, _ library: [String: String], _ context: RunbookContext
  ) -> LoadResult<Runbook> {
    loadRunbook(
      SourceFile(path: "\(name).yaml", text: "runbook: \(name)\n\(body)"), name: RunbookName(name),
      templates: { name throws(FileProblem) in throw FileProblem("no-such-template", name) },
      runbooks: { name in
        guard let body = library[name] else { return noRunbooks(name) }
        return load(name, body, library, context).map { LoadedRunbook(runbook: $0, system: context.system) }
      }, context: context)
  }

  /// What a node answers when it is asked for the cluster.
  func show(on node: NodeName, unhealthy: [NodeName] = [], index: Int = 10) throws {
    guard let machine = machines[node] else { throw FixtureError("no node \(node)") }
    let text = Self.view(of: node, isHealthy: !unhealthy.contains(node), index: index)
    try replaceFile("\(machine.home)/view.json", with: Array(text.utf8), mode: 0o644)
  }

  static func view(of node: NodeName, isHealthy: Bool = true, index: Int = 10) -> String {
    let view: Value = [
      "cluster": "k", "self": .string(node.rawValue), "term": 1, "index": .number(Double(index)),
      "leader": "n1",
      "healthy": .bool(isHealthy),
      "members": .array(
        names.map { ["id": .string($0.rawValue), "name": .string($0.rawValue), "learner": false] }),
    ]
    return view.json()
  }

  static var observation: Observation {
    let members = names.map {
      MemberView.ReportedMember(
        id: MemberID($0.rawValue), name: $0.rawValue, isLearner: false, node: $0,
        record: ["id": .string($0.rawValue), "name": .string($0.rawValue), "learner": false])
    }
    return agree(
      names.map {
        NodeReport(
          node: $0,
          answer: .view(
            MemberView(
              reporter: $0, cluster: "k", selfID: MemberID($0.rawValue), leader: MemberID("n1"), term: 1,
              index: 10, isHealthy: true, members: members)))
      })
  }

  func plan() throws -> Plan {
    var seen = Self.observation
    if planner.system?.hasVotes == false, var membership = seen.membership {
      membership.votes = false
      for index in membership.members.indices { membership.members[index].isLeader = false }
      seen.membership = membership
    }
    return try planner.plan(PlanningFacts(observation: seen))
  }

  /// As belay plans: with a look at what is there.
  func survey(_ transport: FakeTransport) async throws -> Plan {
    try await Survey(
      transport: transport, observer: try world(transport, approve: { _, _ in .nobody }).observer
    )
    .plan(with: planner, hostKeys: [:])
  }

  var journalPath: String { scratch.path(of: "journal.jsonl") }

  func transport(_ interceptor: @escaping FakeTransport.Interceptor = { _ in .none }) -> FakeTransport {
    FakeTransport(machines, interceptor)
  }

  /// Runs the plan from its beginning with a new journal.
  func start(
    _ transport: FakeTransport, plan made: Plan? = nil, storage: any JournalStorage = DiskStorage(),
    rehearsal: Rehearsal? = nil, begun: @Sendable (Runner) -> Void = { _ in },
    approve: @escaping ApprovalDesk = { _, _ in .nobody }
  ) async throws -> ExitCode {
    let plan = try made ?? plan()
    let binding = RunLog.Start(
      run: run, plan: plan, planDigest: try plan.digest().hex, belay: "test", operatorName: "tester",
      host: "here", directory: "/", previousHead: nil)
    let journal = try JournalWriter.create(
      journalPath, kind: RunLog.startKind, binding: try RunLog.binding(binding), storage: storage)
    let runner = Runner(
      world: try world(transport, rehearsal: rehearsal, approve: approve), machine: RunMachine(plan: plan),
      outputs: StepOutputs(),
      journal: journal)
    begun(runner)
    return try await runner.run()
  }

  /// Takes the run up from what its journal holds, as another process would.
  func resume(
    _ transport: FakeTransport, approve: @escaping ApprovalDesk = { _, _ in .nobody }
  ) async throws -> ExitCode {
    let (journal, contents) = try JournalWriter.open(journalPath)
    let replay = try RunLog.replay(contents.records)
    let runner = Runner(
      world: try world(transport, approve: approve), machine: replay.machine, outputs: replay.outputs,
      printed: replay.printed, journal: journal)
    await runner.resumed(by: "tester")
    return try await runner.run()
  }

  func world(
    _ transport: FakeTransport, rehearsal: Rehearsal? = nil,
    approve: @escaping ApprovalDesk = { _, _ in .nobody }
  ) throws -> Runner.World {
    guard let system = planner.system, let cluster = planner.cluster else { throw FixtureError("no cluster") }
    var world = Runner.World(
      run: run, transport: transport,
      observer: try Observer(
        system: system, cluster: cluster, nodes: planner.nodeValues, transport: transport),
      nodes: planner.nodeValues, rehearsal: rehearsal, progress: { _ in })
    world.approve = approve
    world.comparing = comparing
    world.lock = lock
    return world
  }

  /// What is left of a journal whose writer died, its torn end set aside.
  func replayAfterRepair() throws -> RunLog.Replay {
    _ = try JournalRepair.repair(journalPath)
    return try replay()
  }

  func replay() throws -> RunLog.Replay { try RunLog.replay(JournalReader.read(journalPath).records) }

  func events() throws -> [RunEvent] { try replay().events.map(\.event) }

  /// The lines that the acts wrote on a node.
  func acts(on node: String = "n1") -> [String] {
    (machines[NodeName(node)]?.text("acts") ?? "").split(separator: "\n").map(String.init)
  }
}

extension CommandRequest {
  /// Whether it sends this task, forwards (`join.0`) or back (`join.0.undo.1`), to be run under a receipt.
  func runs(_ receipt: String) -> Bool { isAct && command.contains(" '\(receipt)' ") }
  var isAct: Bool { command.contains(" 'run' 'run-1' ") }
  /// Whether it asks how the node sees the cluster.
  var isLook: Bool { command.contains("view.json") }
}
