import Model

/// An act as far as the membership is concerned.
struct MembershipAct {
  var id: StepID
  var effect: PlannedEffect?
  /// What its undo does to the membership; nil when a rollback leaves it as the act did.
  var undo: PlannedEffect?
  /// Declared as a point of no return, and it changes who is in the cluster or serves.
  var isFinal: Bool
  /// Whether a look at the cluster tells an undo that there is nothing to undo.
  var isSettledByALook: Bool
  /// The acts right before it, of those that matter here.
  var needs: Set<Int>
}

extension Plan {
  /// The acts that change the membership on the way there or back, in the plan's order.
  var membershipActs: [MembershipAct] {
    var acts: [MembershipAct] = []
    // For each step the acts that are certain to be done when its turn comes, only the last on each path.
    var before: [StepID: Set<Int>] = [:]
    for step in steps {
      let needs = step.needs.reduce(into: Set<Int>()) { $0.formUnion(before[$1] ?? []) }
      guard step.role == .act, !step.isSkipped, step.effect != nil || step.undo.effect != nil else {
        before[step.id] = needs
        continue
      }
      before[step.id] = [acts.count]
      var isFinal = false
      if case .none = step.undo { isFinal = step.effect.map { $0.kind != .transferLeadership } ?? false }
      acts.append(
        MembershipAct(
          id: step.id, effect: step.effect, undo: step.undo.effect, isFinal: isFinal,
          isSettledByALook: step.landed != nil, needs: needs))
    }
    return acts
  }
}

extension PlannedUndo {
  /// What the undo itself does to the membership.
  package var effect: PlannedEffect? {
    switch self {
    case .commands(let effect, _), .restore(let effect): effect
    case .nothing, .restoreFile, .covered, .none: nil
    }
  }
}

extension Membership {
  /// How many more healthy voters may fail before the quorum is lost; below 0 it is.
  package var tolerance: Int { healthyVoters.count - quorum(of: voters.count) }

  /// Only what guards look at: states that differ in nothing else are the same.
  var essence: Membership {
    var essence = self
    for index in members.indices {
      essence.members[index].index = nil
      essence.members[index].record = [:]
    }
    return essence
  }

  /// The same cluster after `member` failed; where it led, one that nothing is done to leads next.
  func failing(_ member: MemberID, bystanders: Set<MemberID>) -> Membership {
    var next = self
    guard let index = members.firstIndex(where: { $0.id == member }) else { return self }
    next.members[index].health = .unhealthy
    guard next.members[index].isLeader else { return next }
    next.members[index].isLeader = false
    let heirs = next.members.indices.filter {
      next.members[$0].isVoter && next.members[$0].health == .healthy
    }
    if let heir = heirs.first(where: { bystanders.contains(next.members[$0].id) }) ?? heirs.first {
      next.members[heir].isLeader = true
    }
    return next
  }

  /// Who is in it and with which vote, whatever their identifiers.
  var seats: Set<String> { Set(members.map { "\($0.label) \($0.isVoter)" }) }
}
