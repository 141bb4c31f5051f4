import Model

/// Selectors to nodes.
extension PlanDraft {
  /// The single node that an effect speaks of.
  mutating func node(of target: Located<Selector>) -> NodeName? {
    switch target.value {
    case .name(let name): return known(name, at: target.location)
    case .reference(let path):
      if let name = nodeName(at: path) { return name }
      complain("selector", "${\(path.joined(separator: "."))} is not a node", at: target.location)
      return nil
    default:
      complain(
        "effect-target", "an effect happens to one node, and \"\(target.value)\" may be several",
        at: target.location, help: "name the node, as in \"${node}\"")
      return nil
    }
  }

  /// Where a step runs. `leader` stays open: it is asked for again when the step's turn comes.
  mutating func places(of at: Located<Selector>, in step: Step) -> [PlannedTask.Place] {
    switch at.value {
    case .controller: return [.node(.controller)]
    case .leader: return [.leader(now: facts.observation?.membership?.leader?.node)]
    case .any(let inner):
      let nodes = nodes(inner, at: at.location, in: step)
      if nodes.isEmpty { complainEmpty(at) }
      return nodes.isEmpty ? [] : [.anyOf(nodes)]
    default:
      let nodes = nodes(at.value, at: at.location, in: step)
      if nodes.isEmpty { complainEmpty(at) }
      return nodes.map { .node($0) }
    }
  }

  private mutating func complainEmpty(_ at: Located<Selector>) {
    guard !diagnostics.hasErrors, !planner.runbook.isDiagnosis else { return }
    // Nothing is wrong with the runbook when nobody can say who is a member.
    if let seen = facts.observation, seen.membership == nil {
      let why = seen.disagreements.joined(separator: "; ")
      let reason = "\"\(at.value)\" selects no node, since the membership is not agreed on: \(why)"
      return refusals.append(Plan.Refusal(step: nil, reason: reason, verdict: nil))
    }
    complain("empty-selection", "\"\(at.value)\" selects no node", at: at.location)
  }

  mutating func nodes(_ selector: Selector, at place: SourceLocation, in step: Step) -> [NodeName] {
    let inventory = planner.cluster?.nodes ?? []
    switch selector {
    case .members: return inventory.map(\.name).filter(memberNames.contains)
    case .spares: return inventory.map(\.name).filter { !memberNames.contains($0) }
    case .leader, .followers:
      if followsAnAct(step) {
        complain(
          "late-selection", "who leads may have changed when this step's turn comes", at: place,
          help: "select `members`, or put the step before the first act")
        return []
      }
      let leader = facts.observation?.membership?.leader?.node
      return inventory.map(\.name).filter {
        memberNames.contains($0) && ($0 == leader) == (selector == .leader)
      }
    case .name(let name):
      if let group = planner.cluster?.group(name.rawValue) { return group.members }
      return known(name, at: place).map { [$0] } ?? []
    case .range(let range): return range.names.compactMap { known($0, at: place) }
    case .reference(let path):
      if let name = nodeName(at: path) { return [name] }
      if path.count == 1, case .nodes(let names)? = planner.inputs[path[0]] { return names }
      complain("selector", "${\(path.joined(separator: "."))} is not a node", at: place)
      return []
    case .minus(let all, let without):
      let excluded = Set(nodes(without, at: place, in: step))
      return nodes(all, at: place, in: step).filter { !excluded.contains($0) }
    case .both(let one, let other):
      let wanted = Set(nodes(other, at: place, in: step))
      return nodes(one, at: place, in: step).filter(wanted.contains)
    case .list(let parts):
      var seen: Set<NodeName> = []
      var found: [NodeName] = []
      for part in parts {
        for node in nodes(part, at: place, in: step) where seen.insert(node).inserted { found.append(node) }
      }
      return found
    case .any(let inner): return nodes(inner, at: place, in: step)
    case .controller: return []
    }
  }

  func nodeName(at path: [String]) -> NodeName? {
    guard path.count == 1 else { return nil }
    if case .node(let name)? = scope.inputs[path[0]] { return name }
    return nil
  }

  mutating func known(_ name: NodeName, at place: SourceLocation) -> NodeName? {
    if nodeNames.contains(name) { return name }
    let groups = planner.cluster?.groups.map(\.name) ?? []
    if groups.contains(name.rawValue) {
      complain("effect-target", "\"\(name)\" is a group, and one node is wanted here", at: place)
      return nil
    }
    complain(
      "unknown-node", "no node and no group is called \"\(name)\" in this cluster", at: place,
      help: suggestion(for: name.rawValue, among: nodeNames.map(\.rawValue).sorted() + groups).map {
        "did you mean \"\($0)\"?"
      })
    return nil
  }
}
