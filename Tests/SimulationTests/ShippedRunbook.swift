import Loading
import Model
import Planning
import Platform

/// A shipped runbook as the simulation carries it: loaded and planned by belay for an example inventory. What its commands
/// would do to etcd and the others nobody can say here; an act is an effect that is there or not, and changes the members
/// as the runbook declares. What a question is answered, and what belay concludes from it, is for the stand-ins' tests: here
/// it is answered well. The look at the cluster is a made-up one too; guards, `landed:`, and the expectations of the cluster
/// that need no other answer are the runbook's own.
struct ShippedRunbook {
  let name: RunbookName
  private let part: ShippedCast.Part
  private let inputs: [String: String]
  private let systems: SystemCache

  init(_ name: RunbookName, _ part: ShippedCast.Part, certs: String, systems: SystemCache) {
    self.name = name
    self.systems = systems
    self.part = part
    inputs = ["certs": certs, "authorities": "\(certs)/ca.crt"].merging(part.with) { _, own in own }
  }

  static let root = Path.normalized("../../..", from: #filePath)
  static let library = RunbookLibrary(directories: [Path.join(root, "runbooks")])

  struct Loaded {
    var runbook: Runbook
    var system: ClusterSystem
    var cluster: Cluster
    var inputs: [String: InputValue]
  }

  func load() throws -> Loaded {
    let place = Scenario.place
    let system = name.system?.rawValue ?? ""
    let inventory = Loading.loadInventory(
      paths: [Path.join(Self.root, "inventories/\(system).yaml")], home: "/home/operator")
    guard
      var cluster = inventory.value?.clusters.first(where: {
        part.cluster == nil || $0.name.rawValue == part.cluster
      })
    else { throw Scenario.Unfit(why: "\(inventory.diagnostics)") }
    for index in cluster.nodes.indices {
      if part.joined.contains(cluster.nodes[index].name.rawValue) { cluster.nodes[index].state = .member }
      if part.outside.contains(cluster.nodes[index].name.rawValue) { cluster.nodes[index].state = .spare }
    }
    let loaded = Self.library.loadRunbook(name.rawValue, clusters: [cluster], systems: systems)
    guard let runbook = loaded.value?.runbook, var system = loaded.value?.system else {
      throw Scenario.Unfit(why: "\(loaded.diagnostics)")
    }
    system.observe = ObserveRules(
      questions: [.init(name: "view", run: ScalarText("sim view", at: place), parse: .json)],
      view: ScalarText(".view", at: place), identify: ScalarText("$member.name == $node.name", at: place),
      timeout: .seconds(5))
    var inputs: [String: InputValue] = [:]
    for input in runbook.inputs {
      guard input.type != .secret else {
        inputs[input.name] = .secret
        continue
      }
      let text = self.inputs[input.name] ?? input.defaultText ?? Self.obvious(input.type, in: cluster)
      guard let value = text.flatMap({ InputValue($0, for: input) }) else {
        throw Scenario.Unfit(why: "no value for \(input.name): \(input.help)")
      }
      inputs[input.name] = value
    }
    return Loaded(runbook: simulated(runbook), system: system, cluster: cluster, inputs: inputs)
  }

  private static func obvious(_ type: InputType, in cluster: Cluster) -> String? {
    let members = cluster.nodes.filter { $0.state == .member }.map(\.name.rawValue)
    let spares = cluster.nodes.filter { $0.state == .spare }.map(\.name.rawValue)
    return switch type {
    case .node(.spare?): spares.first
    case .nodes(.spare?): spares.joined(separator: ",")
    case .node: members.last
    case .nodes: members.joined(separator: ",")
    case .choice(let choices): choices.first
    case .cluster: cluster.name.rawValue
    case .string: "/srv/given"
    default: nil
    }
  }

  // MARK: Questions

  private func simulated(_ runbook: Runbook) -> Runbook {
    var runbook = runbook
    runbook.steps = runbook.steps.map { simulated($0, of: runbook.name) }
    return runbook
  }

  private func simulated(_ step: Step, of runbook: RunbookName) -> Step {
    var step = step
    switch step.body {
    case .loop(var loop):
      loop.steps = loop.steps.map { simulated($0, of: runbook) }
      step.body = .loop(loop)
      return step
    case .call(var call):
      call.runbook = simulated(call.runbook)
      step.body = .call(call)
      return step
    // Queries tell the time by the clock on the wall, which does not know how long the simulation waits.
    case .query
    where !part.granted.contains("\(runbook):\(step.id)") && step.expect?.text.contains("now -") != true:
      return step
    case .query, .run, .file, .own: break
    }
    step.parse = .text
    step.expect = nil
    step.poll?.progress = nil
    // What the cluster tells is not the command's answer.
    step.out = step.out.map { value in
      let isOfTheCluster = ["$cluster", "$before", "now"].contains { value.query.text.hasPrefix($0) }
      return isOfTheCluster
        ? value
        : OutValue(name: value.name, query: ScalarText("\"some-\(value.name)\"", at: step.location))
    }
    return step
  }
}
