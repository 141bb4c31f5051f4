import Expressions
import Hashing
import Loading
import Model
import Planning
import Testing

/// An etcd cluster that exists only on paper: the shipped runbooks, an inventory made here, and what its members
/// are said to have answered.
struct EtcdScenario {
  var library = RunbookLibrary(directories: [shippedRunbooks])
  var runbook: String
  var inputs: [String: String]
  var voters = ["n1", "n2", "n3"]
  var learners: [String] = []
  var leader = "n1"
  /// Members that answer nothing; the rest is healthy.
  var unreachable: Set<String> = []
  var stopped: Set<String> = []
  var indexes: [String: Int] = [:]
  var term = 4
  var clusterID = "cdf818194e3a8c32"
  /// Members that do not have the identifier that their name gives.
  var memberIDs: [String: String] = [:]
  var hostKeys: [String: String] = [:]
  var variables: [String: Value] = [:]
  var addresses: [String: String] = [:]
  /// What a diagnosis failed with, by step.
  var failures: [String: String] = [:]
  /// Why nobody knows what a diagnosis would have said, by step.
  var silences: [String: String] = [:]
  var environmentFile = PreviousFile.absent

  init(_ runbook: String, _ inputs: [String: String]) {
    self.runbook = runbook
    self.inputs = inputs
  }

  func changed(_ change: (inout EtcdScenario) -> Void) -> EtcdScenario {
    var scenario = self
    change(&scenario)
    return scenario
  }

  private static let nodes = ["n1", "n2", "n3", "n4", "n5"]

  private var cluster: Cluster {
    let place = SourceLocation(file: "inventory.yaml", line: 1, column: 1)
    return Cluster(
      name: ClusterName("demo"), system: Located(SystemName("etcd"), at: place),
      nodes: Self.nodes.enumerated().map { index, name in
        Node(
          name: NodeName(name), address: addresses[name] ?? "10.0.0.\(index + 1)",
          state: voters.contains(name) ? .member : .spare, ssh: SSHSettings(user: "root"),
          variables: Value.Object(variables.map { ($0.key, $0.value) }), location: place)
      },
      location: place)
  }

  func memberID(_ name: String) -> MemberID {
    MemberID(memberIDs[name] ?? "\(name.dropFirst())\(name.dropFirst())aa")
  }

  func observation() -> Observation {
    let members = (voters + learners).map { name in
      MemberView.ReportedMember(
        id: memberID(name), name: name, isLearner: learners.contains(name), node: NodeName(name),
        record: [
          "name": .string(name), "etcd_name": .string(name),
          "peer_url": .string("http://10.0.0.\(name.dropFirst()):2380"),
        ])
    }
    return agree(
      (voters + learners).map { name in
        let node = NodeName(name)
        if unreachable.contains(name) {
          return NodeReport(node: node, answer: .unreachable(why: "no route", help: nil))
        }
        if stopped.contains(name) { return NodeReport(node: node, answer: .silent("connection refused")) }
        return NodeReport(
          node: node,
          answer: .view(
            MemberView(
              reporter: node, cluster: clusterID, selfID: memberID(name),
              leader: learners.contains(name) ? nil : memberID(leader), term: term,
              index: indexes[name] ?? 100, isHealthy: true,
              members: learners.contains(name) ? nil : members)))
      })
  }

  /// Plans as belay does after its survey: the diagnoses that need no act have run, and their `out` values are
  /// there, computed by their own queries.
  func plan() throws -> Plan {
    let loaded = library.loadRunbook(runbook, clusters: [cluster])
    let book = try #require(loaded.value, "\(loaded.diagnostics)")
    let sources = Dictionary(
      uniqueKeysWithValues: loaded.sources.map { ($0.path, sha256(Array($0.text.utf8)).hex) })
    var values = inputs.mapValues { InputValue.node(NodeName($0)) }
    for input in book.runbook.inputs where values[input.name] == nil {
      values[input.name] = input.defaultText.map { .value(.string($0)) }
    }
    let planner = Planner(
      runbook: book.runbook, cluster: cluster, system: book.system, inputs: values,
      origin: Plan.Origin(runbook: runbook, inventories: ["inventory.yaml"]), sources: sources)
    let seen = observation()
    var facts = PlanningFacts(
      observation: seen,
      hostKeys: Dictionary(uniqueKeysWithValues: hostKeys.map { (NodeName($0.key), [$0.value]) }))
    let scope = Scope(nodes: planner.nodeValues, inputs: values, before: seen, now: seen)
    for step in book.runbook.steps where step.role == .diagnose {
      var out = Value.Object()
      for value in step.out {
        out[value.name] = try Query.compile(value.query.text).firstValue(.null, scope.bindings)
      }
      let id = step.id.rawValue
      facts.results[step.id] =
        silences[id].map { .unanswered(reason: $0) } ?? failures[id].map { .failed(reason: $0) }
        ?? .passed(out: out)
    }
    for name in Self.nodes {
      facts.files[FilePlace(node: NodeName(name), path: "/etc/default/etcd")] = environmentFile
    }
    return try planner.plan(facts)
  }

  static let addNode = EtcdScenario("etcd/add-node", ["node": "n4"])
  static let removeNode = EtcdScenario("etcd/remove-node", ["node": "n3"])
  static let replaceNode = EtcdScenario("etcd/replace-node", ["old": "n3", "new": "n4"])
}

extension Plan {
  /// The commands that run, step by step, with what is looked up late as it is now.
  func commands(of id: String) -> [String] {
    (step(StepID(id))?.tasks ?? []).compactMap { task in
      guard case .command(let command) = task.work else { return nil }
      return command.asOfNow
    }
  }

  var runningSteps: [String] { steps.filter { !$0.isSkipped }.map(\.id.rawValue) }
  func unwind(_ step: String) -> [String] { unwind(whenFailing: StepID(step)).map(\.rawValue) }
}

extension PlannedCommand {
  var asOfNow: String {
    late.reduce(display) { text, late in
      late.value.map { text.replacing("${\(late.key)}", with: $0) } ?? text
    }
  }
}
