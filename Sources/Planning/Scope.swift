package import Model

/// Everything that a step's references and queries can see at one moment.
package struct Scope: Sendable {
  package var nodes: [NodeName: Value.Object]
  package var inputs: [String: InputValue]
  package var before: Observation?
  package var now: Observation? {
    didSet { members = Scope.members(of: now) }
  }
  /// The `out:` values of finished steps.
  package var steps: [StepID: Value.Object] = [:]
  package var here: NodeName?
  package var loop: LoopBinding?
  package var run: RunID?
  private var stepNames: [String: StepID] = [:]
  /// Each node's place in the cluster as last seen, since every task of every step asks for its own.
  private var members: [NodeName: Member]

  package init(
    nodes: [NodeName: Value.Object], inputs: [String: InputValue], before: Observation?, now: Observation?
  ) {
    self.nodes = nodes
    self.inputs = inputs
    self.before = before
    self.now = now
    members = Scope.members(of: now)
  }

  private static func members(of observation: Observation?) -> [NodeName: Member] {
    let known = observation?.membership?.members.compactMap { member in member.node.map { ($0, member) } }
    return Dictionary(known ?? []) { first, _ in first }
  }

  package func at(_ here: NodeName?, loop: LoopBinding?) -> Scope {
    var scope = self
    scope.here = here
    scope.loop = loop
    return scope
  }

  /// The scope of a step in a loop or in a called runbook.
  package func inside(_ locals: StepLocals?) -> Scope {
    guard let locals else { return self }
    var scope = self
    scope.inputs = locals.inputs
    scope.stepNames = locals.steps
    return scope
  }

  /// The step that a name means here: in a loop or a called runbook it is one of theirs.
  func stepID(_ name: String) -> StepID { stepNames[name] ?? StepID(name) }

  /// What `${path}` stands for, or nil when nothing is there (yet).
  package func value(at path: [String]) -> Value? {
    guard let root = path.first else { return nil }
    return rootValue(root)?.at(path.dropFirst())
  }

  /// How `${path}` reads in a command or a text: a node stands there with its name, nodes with theirs between
  /// commas.
  package func text(at path: [String]) -> String? {
    guard let value = value(at: path) else { return nil }
    if let name = value["name"]?.stringValue, value["address"] != nil { return name }
    let input = path.first == "inputs" ? path.dropFirst() : path[...]
    if input.count == 1, let name = input.first, case .nodes(let names)? = inputs[name] {
      return names.map(\.rawValue).joined(separator: ",")
    }
    return value.asText
  }

  private func rootValue(_ root: String) -> Value? {
    if let loop, root == loop.variable { return nodeValue(loop.node) }
    if let input = inputs[root] { return value(of: input) }
    switch root {
    case "node", "here": return here.map(nodeValue)
    case "leader": return now?.membership?.leader?.node.map(nodeValue)
    case "cluster": return now.map(clusterValue)
    case "before": return before.map(clusterValue)
    case "inputs": return .object(Value.Object(inputs.map { ($0.key, value(of: $0.value)) }))
    case "steps": return .object(stepValues)
    case "run": return run.map { ["id": .string($0.rawValue)] }
    default: return nil
    }
  }

  /// The variables that queries see.
  package var bindings: [String: Value] {
    var bindings: [String: Value] = [:]
    for root in ["node", "here", "leader", "cluster", "before", "inputs", "steps", "run"] {
      bindings[root] = rootValue(root) ?? .null
    }
    for (name, input) in inputs { bindings[name] = value(of: input) }
    bindings["each"] = .null
    if let loop {
      bindings[loop.variable] = nodeValue(loop.node)
      bindings["each"] = nodeValue(loop.node)
    }
    return bindings
  }

  private var stepValues: Value.Object {
    var values = Value.Object(steps.map { ($0.key.rawValue, .object($0.value)) })
    for (name, id) in stepNames { values[name] = steps[id].map { .object($0) } }
    return values
  }

  private func value(of input: InputValue) -> Value {
    switch input {
    case .node(let name): nodeValue(name)
    case .nodes(let names): .array(names.map(nodeValue))
    case .value(let value): value
    case .secret: .string(Secret.shown)
    }
  }

  /// A node with its record in the cluster as last seen.
  private func nodeValue(_ name: NodeName) -> Value {
    var values = nodes[name] ?? ["name": .string(name.rawValue)]
    values["member"] = members[name].map(memberValue) ?? .null
    return .object(values)
  }
}

/// A member as queries see it: what the system's view said, and what belay concluded.
package func memberValue(_ member: Member) -> Value {
  var value = member.record
  value["id"] = .string(member.id.rawValue)
  value["name"] = .string(member.label)
  value["voter"] = .bool(member.isVoter)
  value["learner"] = .bool(!member.isVoter)
  value["leader"] = .bool(member.isLeader)
  value["healthy"] = .bool(member.health == .healthy)
  value["health"] = .string(member.health.rawValue)
  value["index"] = member.index.map { .number(Double($0)) } ?? .null
  return .object(value)
}

/// `$cluster`: healthy only when the members agree, one leads and every one of them is seen to serve.
package func clusterValue(_ observation: Observation) -> Value {
  guard let membership = observation.membership else {
    return [
      "healthy": false, "agreed": false, "members": [], "voters": [], "learners": [], "leader": .null,
      "problems": .array(observation.disagreements.map { .string($0) }),
    ]
  }
  let isHealthy =
    (membership.leader != nil || !membership.hasVotes)
    && membership.members.allSatisfy { $0.health == .healthy }
  return [
    "healthy": .bool(isHealthy), "agreed": true, "id": .string(membership.cluster),
    "term": .number(Double(membership.term)),
    "leader": membership.leader.map { .string($0.label) } ?? .null,
    "members": .array(membership.members.map(memberValue)),
    "voters": .array(membership.voters.map(memberValue)),
    "learners": .array(membership.learners.map(memberValue)),
    "problems": .array(observation.disagreements.map { .string($0) }),
  ]
}
