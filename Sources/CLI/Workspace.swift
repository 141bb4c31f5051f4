import Execution
import Hashing
import Loading
import Model
import Planning
import Platform
import SSH
import Transport

/// A runbook on a cluster, loaded and ready to be planned.
struct Workspace: Sendable {
  /// How the runbook was asked for; saved with a plan, so that applying it loads the same thing.
  enum Request: Sendable {
    case runbook(String)
    case verb(String)
  }

  private(set) var planner: Planner
  let transport: any CommandTransport
  let observer: Observer?
  let hostKeys: [NodeName: [String]]
  /// Every file that the plan is made from.
  let sources: [SourceFile]
  let cluster: Cluster?
  let secrets: Secrets

  init(_ request: Request, _ arguments: Arguments, _ session: Session) throws {
    let inventoryPaths = session.inventoryPaths(arguments)
    let inventory = try session.loadInventory(inventoryPaths)
    let named = try NamedInputs(arguments, session)
    let cluster = try Workspace.cluster(for: request, named, arguments, inventory?.value)
    let loaded = try Workspace.runbook(request, cluster: cluster, session)
    let runbook = try loaded.get(session)
    guard runbook.system == nil || cluster != nil || !runbook.runbook.needsCluster else {
      throw Stop(
        .invalid, "\(runbook.runbook.name) needs a cluster, and no inventory was found",
        help: "name one with -i FILE, or try `belay lab up` and use the inventory it writes")
    }
    if let system = runbook.system?.name, let cluster, cluster.system.value != system {
      throw Stop(
        .invalid,
        "\(runbook.runbook.name) is for clusters of \(system), and \(cluster.name) is one of \(cluster.system.value)",
        help: "name another cluster with --limit, or correct its `system:` in the inventory")
    }
    let inputs = try named.resolve(runbook.runbook, cluster: cluster)
    let secrets = try named.secrets(of: runbook.runbook, session)
    try self.init(
      runbook, cluster: cluster, inputs: inputs, secrets: secrets,
      sources: loaded.sources + (inventory?.sources ?? []),
      inventories: inventoryPaths, arguments: arguments)
    planner.approval = try PlanApproval.asked(arguments, by: cluster?.approvals)
    planner.overrides = try Workspace.overrides(of: runbook.system, arguments)
  }

  /// Loads again what a plan was made from.
  init(again plan: Plan, _ arguments: Arguments, _ session: Session) throws {
    let inventory = try session.loadInventory(plan.origin.inventories)
    let cluster = inventory?.value.clusters.first { $0.name == plan.cluster }
    if let name = plan.cluster, cluster == nil {
      throw Stop(.changed, "cluster \(name) is no longer in the inventory")
    }
    let loaded = session.library.loadRunbook(plan.origin.runbook, clusters: cluster.map { [$0] })
    let runbook = try loaded.get(session)
    let named = try NamedInputs(arguments, session)
    try named.refuseAllButSecrets(of: runbook.runbook)
    try self.init(
      runbook, cluster: cluster, inputs: plan.inputs,
      secrets: try named.secrets(of: runbook.runbook, session),
      sources: loaded.sources + (inventory?.sources ?? []), inventories: plan.origin.inventories,
      arguments: arguments)
    planner.approval = PlanApproval.again(plan.approval, by: cluster?.approvals)
    planner.overrides = plan.overrides ?? []
  }

  private init(
    _ loaded: LoadedRunbook, cluster: Cluster?, inputs: [String: InputValue], secrets: Secrets,
    sources: [SourceFile],
    inventories: [String], arguments: Arguments
  ) throws {
    var digests: [String: String] = [:]
    for source in sources { digests[source.path] = sha256(Array(source.text.utf8)).hex }
    planner = Planner(
      runbook: loaded.runbook, cluster: cluster, system: loaded.system, inputs: inputs,
      origin: Plan.Origin(runbook: loaded.runbook.location.file, inventories: inventories), sources: digests)
    self.sources = sources
    self.cluster = cluster
    let endpoints = try (cluster?.nodes ?? []).map { try SSHEndpoint($0, arguments) }
    let wire = ControllerTransport(nodes: try SSHTransport(endpoints, arguments))
    self.secrets = secrets
    transport = secrets.values.isEmpty ? wire : MaskingTransport(wire, mask: secrets.mask)
    hostKeys = recordedHostKeys(for: endpoints)
    if let system = loaded.system, let cluster {
      observer = try Observer(
        system: system, cluster: cluster, nodes: planner.nodeValues, transport: transport)
    } else {
      observer = nil
    }
  }

  /// Looks at the cluster and plans. A cluster of which nobody answers is not planned for.
  func plan() async throws -> Plan {
    let plan = try await Survey(transport: transport, observer: observer, secrets: secrets.values)
      .plan(with: planner, hostKeys: hostKeys)
    try refuseSilence(plan.before)
    try secrets.refuseCollisions(with: plan)
    return plan
  }

  func refuseSilence(_ observation: Observation?) throws {
    let reports = observation?.reports ?? []
    var silences: [String] = []
    var helps: [String] = []
    for report in reports {
      guard case .unreachable(let why, let help) = report.answer else { continue }
      silences.append("\(report.node): \(why)")
      if let help { helps.append(help) }
    }
    if !reports.isEmpty, silences.count == reports.count {
      throw Stop(
        .unreachable, "no node could be reached; nothing was touched", details: silences, help: helps.first)
    }
  }

  private static func runbook(_ request: Request, cluster: Cluster?, _ session: Session) throws
    -> LoadResult<LoadedRunbook>
  {
    let clusters = cluster.map { [$0] }
    switch request {
    case .runbook(let name): return session.library.loadRunbook(name, clusters: clusters)
    case .verb(let verb):
      if let cluster, let entry = session.library.entry(giving: verb, of: cluster.system.value) {
        return session.library.loadRunbook(entry, clusters: clusters)
      }
      guard let cluster else {
        throw Stop(
          .usage, "`belay \(verb)` needs an inventory",
          help: "name one with -i FILE, or try `belay lab up` and use the inventory it writes")
      }
      throw Stop(
        .usage, "\(cluster.system.value) has no runbook for \(verb)", help: "`belay runbooks` lists them")
    }
  }

  /// The cluster named outright, else the one that has the named nodes, else the only one.
  private static func cluster(
    for request: Request, _ named: NamedInputs, _ arguments: Arguments, _ inventory: Inventory?
  ) throws -> Cluster? {
    guard let inventory else { return nil }
    if let limit = arguments.value(.limit) {
      if let cluster = inventory.clusters.first(where: { $0.name.rawValue == limit }) { return cluster }
      let near = suggestion(for: limit, among: inventory.clusters.map(\.name.rawValue))
      throw Stop(.usage, "no cluster is called \"\(limit)\"", help: near.map { "did you mean \"\($0)\"?" })
    }
    let words = Set(named.words)
    let holding = inventory.clusters.filter { cluster in
      words.contains(cluster.name.rawValue) || cluster.nodes.contains { words.contains($0.name.rawValue) }
    }
    let candidates = holding.isEmpty ? inventory.clusters.filter { $0.fits(request) } : holding
    if candidates.count > 1 {
      throw Stop(
        .usage, "more than one cluster fits: \(candidates.map(\.name.rawValue).joined(separator: ", "))",
        help: "say which with --limit CLUSTER")
    }
    return candidates.first
  }
}

extension Cluster {
  fileprivate func fits(_ request: Workspace.Request) -> Bool {
    if case .runbook(let name) = request { return name.contains("\(system.value)/") }
    return true
  }
}

extension Runbook {
  /// Whether it may change anything: what only looks needs no lock.
  var acts: Bool { steps.contains(where: \.acts) }

  /// Whether anything in it is about nodes: one that only works on the controller needs no inventory.
  var needsCluster: Bool {
    steps.contains(where: \.needsCluster) || inputs.contains { $0.type.isPositional }
  }
}

extension Step {
  var acts: Bool {
    switch body {
    case .loop(let loop): loop.steps.contains(where: \.acts)
    case .call(let call): call.runbook.acts
    case .run, .file, .own, .query: role == .act
    }
  }

  var needsCluster: Bool {
    switch body {
    case .loop: true
    case .call(let call): call.runbook.steps.contains(where: \.needsCluster)
    case .run, .file, .own, .query:
      effect != nil || each != nil || (at != nil && at?.value != .controller)
    }
  }
}

extension SSHTransport {
  convenience init(_ endpoints: [SSHEndpoint], _ arguments: Arguments) throws {
    self.init(endpoints: endpoints, handshakeLimit: try max(1, arguments.count(.forks, or: 64)))
  }
}

extension SSHEndpoint {
  init(_ node: Node, _ arguments: Arguments) throws {
    let home = Host.homeDirectory ?? "/"
    var timeout = Duration.seconds(node.ssh.connectTimeoutSeconds ?? 10)
    if let text = arguments.value(.timeout) {
      guard let written = Duration(written: text) else {
        throw UsageError("--timeout takes a duration such as 5s, not \"\(text)\"")
      }
      timeout = written
    }
    let usual = ["id_ed25519", "id_ecdsa", "id_rsa"].map { Path.join(home, ".ssh/\($0)") }
    self.init(
      node: node.name, host: node.ssh.host ?? node.address, port: node.ssh.port ?? 22,
      user: node.ssh.user ?? Host.userName,
      identityFiles: node.ssh.identityFiles ?? usual.filter { fileKind($0) == .file },
      useAgent: node.ssh.useAgent ?? true,
      knownHostsFiles: node.ssh.knownHostsFiles ?? [
        Path.join(home, ".ssh/known_hosts"), "/etc/ssh/ssh_known_hosts",
      ],
      connectTimeout: timeout)
  }
}

extension Session {
  func inventoryPaths(_ arguments: Arguments) -> [String] {
    let named = arguments.values(.inventory)
    if !named.isEmpty { return named }
    if let paths = Host.environment("BELAY_INVENTORY") { return paths.split(separator: ":").map(String.init) }
    return fileKind("inventory.yaml") == .file ? ["inventory.yaml"] : []
  }

  func loadInventory(_ paths: [String]) throws -> (value: Inventory, sources: [SourceFile])? {
    if paths.isEmpty { return nil }
    let result = Loading.loadInventory(paths: paths, home: home)
    return (try result.get(self), result.sources)
  }
}
