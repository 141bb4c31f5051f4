package import Model

/// What one node answered when asked how it sees the cluster.
package struct MemberView: Hashable, Codable, Sendable {
  package var reporter: NodeName
  package var cluster: String
  package var selfID: MemberID
  package var leader: MemberID?
  package var term: Int
  package var index: Int?
  package var isHealthy: Bool
  /// Nil when it may not say, as an etcd learner: such a view is no witness, but its reporter is alive.
  package var members: [ReportedMember]?
  /// What it knows of itself besides, which becomes part of its record: the data it holds, say.
  package var own: Value.Object?

  package struct ReportedMember: Hashable, Codable, Sendable {
    package var id: MemberID
    package var name: String
    package var isLearner: Bool
    /// The inventory's node that this member is.
    package var node: NodeName?
    package var record: Value.Object

    package init(id: MemberID, name: String, isLearner: Bool, node: NodeName?, record: Value.Object) {
      self.id = id
      self.name = name
      self.isLearner = isLearner
      self.node = node
      self.record = record
    }
  }

  package init(
    reporter: NodeName, cluster: String, selfID: MemberID, leader: MemberID?, term: Int, index: Int?,
    isHealthy: Bool, members: [ReportedMember]?, own: Value.Object? = nil
  ) {
    self.own = own
    self.reporter = reporter
    self.cluster = cluster
    self.selfID = selfID
    self.leader = leader
    self.term = term
    self.index = index
    self.isHealthy = isHealthy
    self.members = members
  }
}

/// One node's answer, or why there is none.
package struct NodeReport: Hashable, Codable, Sendable {
  package enum Answer: Hashable, Codable, Sendable {
    case view(MemberView)
    /// Nobody could ask it: its health is unknown.
    case unreachable(why: String, help: String?)
    /// It could be asked but gave no view: it is not healthy.
    case silent(String)
  }

  package var node: NodeName
  package var answer: Answer

  package init(node: NodeName, answer: Answer) {
    self.node = node
    self.answer = answer
  }

  package var view: MemberView? { if case .view(let view) = answer { view } else { nil } }
}

/// Everything seen at one moment: the reports, and the membership if enough of them agree on it.
package struct Observation: Codable, Hashable, Sendable {
  package var reports: [NodeReport]
  package var membership: Membership?
  /// Why there is no agreed membership, or what else did not fit.
  package var disagreements: [String]

  package init(reports: [NodeReport], membership: Membership?, disagreements: [String]) {
    self.reports = reports
    self.membership = membership
    self.disagreements = disagreements
  }

  package var reasonForNoMembership: String { Self.reasonForNoMembership(self) }

  package static func reasonForNoMembership(_ observation: Observation?) -> String {
    let reasons = observation?.disagreements ?? ["the cluster was not observed"]
    return "the membership is not agreed on: "
      + (reasons.isEmpty ? "nobody could be asked" : reasons.joined(separator: "; "))
  }
}

/// Merges what the nodes say. A view of an older term is a straggler's and does not count; among the rest, a
/// majority of the voters they name must report the same cluster, members and leader. Without votes there is no leader, and
/// a majority of all members must report the same members.
package func agree(_ reports: [NodeReport], hasVotes: Bool = true) -> Observation {
  func refused(_ reasons: [String]) -> Observation {
    Observation(reports: reports, membership: nil, disagreements: reasons)
  }
  let views = reports.compactMap(\.view)
  guard let term = views.map(\.term).max() else { return refused(["no member could be asked"]) }
  let current = views.filter { $0.term == term }
  let stale = views.filter { $0.term < term }

  if let (one, other) = doubles(views) {
    return refused(["\(one.reporter) and \(other.reporter) both answer as member \(one.selfID)"])
  }
  let clusters = Set(views.map(\.cluster))
  if clusters.count > 1 {
    return refused(["the members belong to different clusters: \(clusters.sorted().joined(separator: ", "))"])
  }
  let leaders = Set(current.compactMap(\.leader))
  if leaders.count > 1 {
    return refused([
      "\(leaders.count) leaders are named in term \(term): \(leaders.map(\.rawValue).sorted().joined(separator: ", "))"
    ])
  }
  if let difference = differingMembers(current) { return refused([difference]) }

  guard let reported = current.lazy.compactMap(\.members).first else {
    return refused(["nobody in the current term \(term) lists the members"])
  }
  let voterIDs = Set(reported.filter { !$0.isLearner }.map(\.id))
  let witnesses = current.filter { $0.members != nil && voterIDs.contains($0.selfID) }
  guard witnesses.count >= quorum(of: voterIDs.count) else {
    return refused([
      "only \(witnesses.count) of \(voterIDs.count) voters could be asked, and a quorum needs \(quorum(of: voterIDs.count))"
    ])
  }
  if let other = clusterOfItsOwn(stale, newest: term) { return refused([other]) }
  var notes = stale.map { "\($0.reporter) is behind: it reports term \($0.term), the others \(term)" }
  // Who is followed by too few does not lead yet, or leads no more.
  let followers = witnesses.count { $0.leader != nil }
  let isLed = followers >= quorum(of: voterIDs.count)
  if !isLed, let leader = leaders.first {
    notes.append("only \(followers) of \(voterIDs.count) voters name \(leader) as their leader")
  }
  var membership = Membership(
    cluster: current[0].cluster, term: term,
    members: reported.map {
      merged($0, leader: isLed ? leaders.first : nil, reports: reports, current: current)
    }.sorted { ($0.label, $0.id) < ($1.label, $1.id) })
  if !hasVotes { membership.votes = false }
  return Observation(reports: reports, membership: membership, disagreements: notes)
}

/// Two reports that speak for one member, as behind a shared address: it must not be counted twice.
private func doubles(_ views: [MemberView]) -> (MemberView, MemberView)? {
  var first: [MemberID: MemberView] = [:]
  for view in views {
    if let known = first.updateValue(view, forKey: view.selfID) { return (known, view) }
  }
  return nil
}

/// Stragglers that are a majority of their own and follow a leader are no stragglers: a newer term elsewhere is then that of
/// another cluster, such as one node that was started anew. Caught in the midst of an election, it is so no longer at the
/// next look.
private func clusterOfItsOwn(_ stale: [MemberView], newest: Int) -> String? {
  for (term, views) in Dictionary(grouping: stale, by: \.term).sorted(by: { $0.key > $1.key }) {
    for view in views {
      guard let leader = view.leader, let members = view.members else { continue }
      let voters = Set(members.filter { !$0.isLearner }.map(\.id))
      let followers = views.filter { $0.leader == leader && voters.contains($0.selfID) }
      // A leader that is in a newer term itself was followed before: its followers are behind.
      guard followers.contains(where: { $0.selfID == leader }) else { continue }
      guard followers.count >= quorum(of: voters.count) else { continue }
      let names = followers.map(\.reporter.rawValue).sorted().joined(separator: ", ")
      return
        "\(names) follow \(leader) in term \(term), a majority of their own, while others are in term \(newest): "
        + "there may be two clusters"
    }
  }
  return nil
}

private func differingMembers(_ all: [MemberView]) -> String? {
  let views = all.filter { $0.members != nil }
  func identity(_ view: MemberView) -> [String] {
    (view.members ?? []).map { "\($0.id) \($0.isLearner)" }.sorted()
  }
  guard let other = views.first(where: { identity($0) != identity(views[0]) }) else { return nil }
  func names(_ view: MemberView) -> String {
    (view.members ?? []).map {
      ($0.name.isEmpty ? $0.id.rawValue : $0.name) + ($0.isLearner ? " (learner)" : "")
    }
    .sorted().joined(separator: ", ")
  }
  return "the views differ: \(views[0].reporter) reports {\(names(views[0]))}, "
    + "\(other.reporter) reports {\(names(other))}"
}

private func merged(
  _ reported: MemberView.ReportedMember, leader: MemberID?, reports: [NodeReport], current: [MemberView]
) -> Member {
  let own = current.first { $0.selfID == reported.id }
  let health: Health
  if let own {
    health = own.isHealthy ? .healthy : .unhealthy
  } else if let report = reports.first(where: { $0.node == reported.node }), case .silent = report.answer {
    health = .unhealthy
  } else {
    health = .unknown
  }
  return Member(
    id: reported.id, node: reported.node, name: reported.name, isVoter: !reported.isLearner,
    health: health, isLeader: reported.id == leader, index: own?.index,
    record: reported.record.merging(own?.own))
}

extension Value.Object {
  fileprivate func merging(_ other: Value.Object?) -> Value.Object {
    guard let other else { return self }
    var merged = self
    for (key, value) in other.entries { merged[key] = value }
    return merged
  }
}
