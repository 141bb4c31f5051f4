package import Model

/// Whether a member was positively seen to serve. Unknown is never taken for healthy.
package enum Health: String, Codable, CaseIterable, Sendable {
  case healthy, unhealthy, unknown
}

/// One member of the cluster as the agreed observation shows it.
package struct Member: Codable, Hashable, Sendable {
  package var id: MemberID
  /// The inventory's node, when the system's `identify` found one.
  package var node: NodeName?
  package var name: String
  package var isVoter: Bool
  package var health: Health
  package var isLeader: Bool
  /// How far its log is, when it said so itself.
  package var index: Int?
  /// Everything else the system's view says of it, for `${node.member.…}`.
  package var record: Value.Object

  package init(
    id: MemberID, node: NodeName?, name: String, isVoter: Bool, health: Health, isLeader: Bool,
    index: Int?, record: Value.Object
  ) {
    self.id = id
    self.node = node
    self.name = name
    self.isVoter = isVoter
    self.health = health
    self.isLeader = isLeader
    self.index = index
    self.record = record
  }

  /// The name to show: the node's if it has one.
  package var label: String {
    if let node { return node.rawValue }
    return name.isEmpty ? id.rawValue : name
  }
}

/// The membership that enough members agree on.
package struct Membership: Codable, Hashable, Sendable {
  package var cluster: String
  package var term: Int
  package var members: [Member]
  /// False in a system without votes; nil means that there are some.
  package var votes: Bool?

  package init(cluster: String, term: Int, members: [Member]) {
    self.cluster = cluster
    self.term = term
    self.members = members
  }

  package var hasVotes: Bool { votes ?? true }
  package var voters: [Member] { members.filter(\.isVoter) }
  package var learners: [Member] { members.filter { !$0.isVoter } }
  package var healthyVoters: [Member] { voters.filter { $0.health == .healthy } }
  package var leader: Member? { members.first(where: \.isLeader) }
  package func member(of node: NodeName) -> Member? { members.first { $0.node == node } }

  /// What a rollback must bring back: who is in the cluster, under which identity and with which vote.
  package var identity: Set<String> {
    Set(members.map { "\($0.id) \($0.label) \($0.isVoter ? "voter" : "learner")" })
  }
}

/// The smallest majority of `voters`.
package func quorum(of voters: Int) -> Int { voters / 2 + 1 }
