import Model
import Planning
import Transport

/// A cluster that elects its leader and agrees on its members by majority, as Raft does, without the log in between.
struct SimulatedCluster {
  struct Member: Hashable {
    var id: String
    var name: NodeName
    var isLearner = false
  }

  var members: [Member]
  var leader: NodeName?
  var term = 1
  var isElecting = false
  private(set) var idsGiven: Int
  /// The members as each node has heard of them.
  var heard: [NodeName: [Member]] = [:]
  /// When each joined the others, so that it has to catch up.
  var joined: [NodeName: Int] = [:]

  init(_ names: [NodeName]) {
    members = names.enumerated().map { Member(id: "id\($0.offset + 1)", name: $0.element) }
    idsGiven = names.count
    leader = names.first
    for name in names { heard[name] = members }
  }

  mutating func add(_ name: NodeName, isLearner: Bool) {
    idsGiven += 1
    members.append(Member(id: "id\(idsGiven)", name: name, isLearner: isLearner))
  }

  func member(_ name: NodeName) -> Member? { members.first { $0.name == name } }
}

extension World {
  func isServing(_ name: NodeName) -> Bool {
    guard let node = nodes[name] else { return false }
    return node.isUp && node.isStarted && cluster.member(name) != nil
  }

  var voters: [NodeName] { cluster.members.filter { !$0.isLearner }.map(\.name) }
  var hasQuorum: Bool { voters.count { isServing($0) } >= voters.count / 2 + 1 }

  /// Whoever leads must serve, and have a majority behind it; otherwise there is an election, which takes a while.
  func clusterChanged() {
    if let leader = cluster.leader, !isServing(leader) || !hasQuorum || !voters.contains(leader) {
      cluster.leader = nil
      note("\(leader) leads no more")
    }
    guard cluster.leader == nil, hasQuorum, !cluster.isElecting else { return }
    cluster.isElecting = true
    simulator.after(pick(300...3000)) { [self] in
      cluster.isElecting = false
      let candidates = voters.filter { isServing($0) }
      guard cluster.leader == nil, hasQuorum, let elected = candidates.randomElement(using: &random) else {
        return clusterChanged()
      }
      cluster.term += 1
      cluster.leader = elected
      note("\(elected) leads")
    }
  }

  /// As when a leader is slow for a moment.
  func electSometime() {
    guard happens(weather.elections) else { return }
    simulator.after(pick(0...2000)) { [self] in
      guard hasQuorum, let leader = cluster.leader,
        let elected = voters.filter({ $0 != leader && isServing($0) }).randomElement(using: &random)
      else { return }
      cluster.term += 1
      cluster.leader = elected
      note("\(elected) leads instead of \(leader)")
    }
  }

  /// What a node says of the cluster; each hears of a change a moment after the leader.
  func view(from name: NodeName) -> CommandResult {
    guard isServing(name), let own = cluster.member(name) else {
      return .printed("connection refused", exit: 1)
    }
    let members = cluster.heard[name] ?? cluster.members
    let list = members.map {
      #"{"id":"\#($0.id)","name":"\#($0.name)","learner":\#($0.isLearner)\#(setting.memberFacts($0.name))}"#
    }.joined(separator: ",")
    let leader = cluster.leader.flatMap { cluster.member($0)?.id }.map { "\"\($0)\"" } ?? "null"
    let behind =
      setting.isForgiving ? 0 : cluster.joined[name].map { max(0, 2000 - (simulator.now - $0)) } ?? 0
    return .printed(
      #"{"cluster":"k","self":"\#(own.id)","term":\#(cluster.term),"index":\#(2000 - behind),"leader":\#(leader),"#
        + #""healthy":\#(!setting.hasVotes || hasQuorum && cluster.leader != nil),"members":[\#(list)]}"#)
  }

  private func isNeedless(_ operation: String, _ target: NodeName) -> Bool {
    switch operation {
    case "remove": cluster.member(target) == nil
    case "add-learner", "add-voter": cluster.member(target) != nil
    case "promote": cluster.member(target)?.isLearner == false
    case "transfer-leadership": cluster.leader != target
    case "wipe": true
    default: false
    }
  }

  /// Changes the membership as a member asks for; false when the cluster cannot agree.
  func change(_ operation: String, _ target: NodeName, asking name: NodeName) -> Bool {
    if setting.isForgiving, isNeedless(operation, target) { return true }
    switch operation {
    case "start", "restart":
      nodes[target]?.isStarted = true
      if cluster.joined[target] == nil, cluster.member(target)?.isLearner == true {
        cluster.joined[target] = simulator.now
      }
      clusterChanged()
      return true
    case "stop":
      nodes[target]?.isStarted = false
      clusterChanged()
      return true
    default: break
    }
    guard !setting.hasVotes || hasQuorum && cluster.leader != nil, setting.isForgiving || isServing(name)
    else { return false }
    let member = cluster.members.firstIndex { $0.name == target }
    // Whoever joins by an act of its own has been started by it.
    if setting.isForgiving, member == nil, name == target { nodes[target]?.isStarted = true }
    switch (operation, member) {
    case ("add-learner", nil): cluster.add(target, isLearner: true)
    case ("add-voter", nil): cluster.add(target, isLearner: false)
    case ("promote", let index?) where cluster.members[index].isLearner:
      cluster.members[index].isLearner = false
    case ("remove", let index?):
      cluster.members.remove(at: index)
      cluster.joined[target] = nil
    case ("move-leader", _?) where isServing(target) && voters.contains(target):
      cluster.leader = target
      cluster.term += 1
      return true
    case ("transfer-leadership", _?):
      guard let heir = voters.first(where: { $0 != target && isServing($0) }) else { return false }
      cluster.leader = heir
      cluster.term += 1
      return true
    default: return false
    }
    for node in nodes.keys.sorted() {
      if node == cluster.leader {
        cluster.heard[node] = cluster.members
      } else {
        simulator.after(pick(0...300)) { [self] in cluster.heard[node] = cluster.members }
      }
    }
    clusterChanged()
    return true
  }
}
