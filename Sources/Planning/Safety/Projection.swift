package import Model

/// The membership as it will be after an act, if all goes well: what the plan's timeline and guards look at.
extension Membership {
  package func applying(_ kind: Effect.Kind, to node: NodeName) -> Membership {
    var next = self
    let position = members.firstIndex { $0.node == node }
    switch kind {
    case .addLearner, .addVoter:
      if position == nil {
        next.members.append(
          Member(
            id: MemberID("(new) \(node)"), node: node, name: node.rawValue, isVoter: kind == .addVoter,
            health: .unknown, isLeader: false, index: nil, record: [:]))
      }
    case .promote:
      if let position { next.members[position].isVoter = true }
    case .remove:
      if let position { next.members.remove(at: position) }
    case .start, .restart:
      if let position { next.members[position].health = .healthy }
    case .stop, .wipe:
      if let position {
        next.members[position].health = .unhealthy
        next.members[position].isLeader = false
      }
    case .transferLeadership:
      next.moveLeadership(awayFrom: node)
    }
    return next
  }

  private mutating func moveLeadership(awayFrom node: NodeName) {
    guard leader?.node == node,
      let heir = members.firstIndex(where: { $0.isVoter && $0.health == .healthy && $0.node != node })
    else { return }
    for index in members.indices { members[index].isLeader = index == heir }
  }

  /// The guard's question for an effect, or nil when the effect cannot cost a vote.
  package func operation(for kind: Effect.Kind, on node: NodeName) -> GuardedOperation? {
    let subject = member(of: node)
    switch kind {
    case .addLearner: return .addLearner
    case .addVoter: return .addVoter
    case .promote: return .promote
    case .remove: return subject?.isVoter == false ? .removeLearner : .remove
    case .stop, .restart, .wipe: return subject == nil ? nil : .stop
    case .start, .transferLeadership: return nil
    }
  }

  /// Judges an effect on this membership; nil when there is nothing to guard.
  package func judge(_ kind: Effect.Kind, on node: NodeName, learnerCaughtUp: Bool? = nil) -> GuardVerdict? {
    guard hasVotes, let operation = operation(for: kind, on: node) else { return nil }
    let guarded = members.map {
      GuardedMember(name: $0.label, isVoter: $0.isVoter, health: $0.health, isLeader: $0.isLeader)
    }
    let target = member(of: node)?.label ?? node.rawValue
    return Planning.judge(operation, target: target, among: guarded, learnerCaughtUp: learnerCaughtUp)
  }
}
