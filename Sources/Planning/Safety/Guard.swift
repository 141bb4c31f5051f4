/// What an act is about to do, in the words of the guards.
package enum GuardedOperation: String, Codable, CaseIterable, Sendable {
  case remove, stop, promote
  case addVoter = "add-voter"
  case addLearner = "add-learner"
  case removeLearner = "remove-learner"
}

/// A guard's answer, with the numbers it was judged on.
package struct GuardVerdict: Codable, Hashable, Sendable {
  package enum Decision: String, Codable, CaseIterable, Sendable {
    case allow, refuse
    /// Allowed once another member leads.
    case transferFirst = "transfer-first"
  }

  package var decision: Decision
  package var reason: String
  package var voters: Int
  package var healthy: Int
  package var quorumBefore: Int
  package var quorumAfter: Int
  /// Healthy voters after the act beyond the quorum they will need; negative means no quorum.
  package var margin: Int
}

/// The facts a guard needs of one member.
package struct GuardedMember: Hashable, Sendable {
  package var name: String
  package var isVoter: Bool
  package var health: Health
  package var isLeader: Bool

  package init(name: String, isVoter: Bool, health: Health, isLeader: Bool) {
    self.name = name
    self.isVoter = isVoter
    self.health = health
    self.isLeader = isLeader
  }
}

/// Judges one operation on an agreed view. Both the old and the new quorum must hold: a removal that the
/// remaining members could not commit is as bad as one that leaves too few of them.
package func judge(
  _ operation: GuardedOperation, target: String, among members: [GuardedMember],
  learnerCaughtUp: Bool? = nil
) -> GuardVerdict {
  let voters = members.filter(\.isVoter)
  let healthy = voters.filter { $0.health == .healthy }
  let subject = members.first { $0.name == target }
  let isLost = healthy.contains { $0.name == target }
  let votersAfter: Int
  let healthyAfter: Int
  switch operation {
  case .remove: (votersAfter, healthyAfter) = (voters.count - 1, healthy.count - (isLost ? 1 : 0))
  case .stop: (votersAfter, healthyAfter) = (voters.count, healthy.count - (isLost ? 1 : 0))
  case .addVoter: (votersAfter, healthyAfter) = (voters.count + 1, healthy.count)
  case .promote: (votersAfter, healthyAfter) = (voters.count + 1, healthy.count + 1)
  case .addLearner, .removeLearner: (votersAfter, healthyAfter) = (voters.count, healthy.count)
  }
  let before = quorum(of: voters.count)
  let after = quorum(of: max(votersAfter, 0))

  func verdict(_ decision: GuardVerdict.Decision, _ reason: String) -> GuardVerdict {
    GuardVerdict(
      decision: decision, reason: reason, voters: voters.count, healthy: healthy.count,
      quorumBefore: before, quorumAfter: after, margin: healthyAfter - after)
  }
  if let reason = refusalOfView(members, voters: voters) { return verdict(.refuse, reason) }
  if let reason = refusalOfTarget(operation, target: target, subject: subject, voters: voters) {
    return verdict(.refuse, reason)
  }
  if let reason = refusalForChangeInFlight(operation, members: members) { return verdict(.refuse, reason) }
  if operation == .addVoter, voters.count == 1, healthy.count == 1 {
    return verdict(.allow, "a single healthy voter may take a second one in")
  }
  guard healthy.count >= before || operation == .stop else {
    return verdict(
      .refuse, "only \(healthy.count) of \(voters.count) voters are healthy, and a quorum needs \(before)")
  }
  if operation == .promote {
    guard subject?.health == .healthy else {
      return verdict(.refuse, "the learner is not known to be healthy")
    }
    guard learnerCaughtUp == true else { return verdict(.refuse, "the learner has not caught up") }
  }
  guard healthyAfter >= after else {
    return verdict(
      .refuse,
      "it would leave \(healthyAfter) healthy of \(votersAfter) voters, and a quorum needs \(after)")
  }
  if subject?.isLeader == true, operation == .remove || operation == .stop {
    return verdict(.transferFirst, "\(target) leads the cluster: move leadership away first, then ask again")
  }
  return verdict(
    .allow, "\(healthyAfter) healthy of \(votersAfter) voters after it, and a quorum needs \(after)")
}

private func refusalOfView(_ members: [GuardedMember], voters: [GuardedMember]) -> String? {
  if Set(members.map(\.name)).count != members.count { return "two members bear the same name" }
  if voters.isEmpty { return "no voter is seen" }
  let leaders = members.filter(\.isLeader)
  if leaders.isEmpty { return "no leader is seen" }
  if leaders.count > 1 { return "\(leaders.count) leaders are seen: the cluster may be split" }
  return leaders[0].isVoter ? nil : "the leader is not a voter"
}

private func refusalOfTarget(
  _ operation: GuardedOperation, target: String, subject: GuardedMember?, voters: [GuardedMember]
) -> String? {
  switch operation {
  case .addVoter, .addLearner:
    return subject == nil ? nil : "\(target) is a member already"
  case .remove:
    guard let subject else { return "\(target) is not a member" }
    if !subject.isVoter { return "\(target) is a learner, not a voter" }
    return voters.count > 1 ? nil : "\(target) is the last voter"
  case .stop:
    return subject == nil ? "\(target) is not a member" : nil
  case .promote, .removeLearner:
    guard let subject else { return "\(target) is not a member" }
    return subject.isVoter ? "\(target) is a voter already, not a learner" : nil
  }
}

/// One membership change at a time: a learner is one that has not ended yet.
private func refusalForChangeInFlight(_ operation: GuardedOperation, members: [GuardedMember]) -> String? {
  guard [.remove, .addVoter, .addLearner].contains(operation),
    let learner = members.first(where: { !$0.isVoter })
  else { return nil }
  return "a membership change is in flight: \(learner.name) is still a learner; promote or remove it first"
}
