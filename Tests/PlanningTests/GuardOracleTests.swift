import Planning
import Testing

/// The guards' table written a second time, in another way: a majority is more than half, and each operation is
/// the sets before and after it. Compared with `judge` on every small cluster there is.
private struct Oracle {
  var voters: Set<String>
  var up: Set<String>
  var learner: String?
  var learnerIsUp = false
  var leader: String?

  func answer(_ operation: GuardedOperation, _ target: String, caughtUp: Bool) -> GuardVerdict.Decision {
    guard let leader, voters.contains(leader) else { return .refuse }
    let isKnown = voters.contains(target) || learner == target
    let isAllowed: Bool
    switch operation {
    case .remove:
      isAllowed =
        voters.contains(target) && voters.count > 1 && learner == nil && isMajority(up, of: voters)
        && isMajority(up.subtracting([target]), of: voters.subtracting([target]))
    case .stop:
      isAllowed = isKnown && isMajority(up.subtracting([target]), of: voters)
    case .addVoter:
      let isBootstrap = voters.count == 1 && up == voters
      isAllowed =
        !isKnown && learner == nil
        && (isBootstrap || isMajority(up, of: voters) && isMajority(up, of: voters.union([target])))
    case .addLearner:
      isAllowed = !isKnown && learner == nil && isMajority(up, of: voters)
    case .promote:
      isAllowed =
        target == learner && learnerIsUp && caughtUp && isMajority(up, of: voters)
        && isMajority(up.union([target]), of: voters.union([target]))
    case .removeLearner:
      isAllowed = target == learner && isMajority(up, of: voters)
    }
    if !isAllowed { return .refuse }
    let leaderGoes = target == leader && (operation == .remove || operation == .stop)
    return leaderGoes ? .transferFirst : .allow
  }

  private func isMajority(_ some: Set<String>, of all: Set<String>) -> Bool {
    2 * some.intersection(all).count > all.count
  }
}

@Suite struct GuardOracleTests {
  @Test("guarantee 8: no difference from the table on any cluster of up to five voters", arguments: 1...5)
  func everySmallCluster(_ voterCount: Int) {
    let names = (1...voterCount).map { "n\($0)" }
    let states: [Health] = [.healthy, .unhealthy, .unknown]
    var judged = 0
    var differences: [String] = []
    for code in 0..<power(3, voterCount) {
      let health = names.indices.map { states[code / power(3, $0) % 3] }
      let up = Set(names.indices.filter { health[$0] == .healthy }.map { names[$0] })
      for leader in [nil] + names.map(Optional.some) {
        for learner in [nil] + states.map(Optional.some) {
          var members = names.indices.map {
            GuardedMember(
              name: names[$0], isVoter: true, health: health[$0], isLeader: names[$0] == leader)
          }
          if let learner {
            members.append(GuardedMember(name: "l", isVoter: false, health: learner, isLeader: false))
          }
          let oracle = Oracle(
            voters: Set(names), up: up, learner: learner == nil ? nil : "l",
            learnerIsUp: learner == .healthy, leader: leader)
          for operation in GuardedOperation.allCases {
            for target in names + ["l", "new"] {
              for caughtUp in operation == .promote ? [true, false] : [true] {
                judged += 1
                let expected = oracle.answer(operation, target, caughtUp: caughtUp)
                let verdict = judge(operation, target: target, among: members, learnerCaughtUp: caughtUp)
                if verdict.decision != expected {
                  differences.append("\(operation) \(target) of \(members): \(verdict), not \(expected)")
                }
              }
            }
          }
        }
      }
    }
    #expect(differences.prefix(5) == [])
    #expect(judged == power(3, voterCount) * (voterCount + 1) * 4 * (voterCount + 2) * 7)
  }

  @Test func aLearnerOfWhichNobodyKnowsHowFarItIsWillNotBePromoted() {
    let members = [
      GuardedMember(name: "a", isVoter: true, health: .healthy, isLeader: true),
      GuardedMember(name: "l", isVoter: false, health: .healthy, isLeader: false),
    ]
    #expect(judge(.promote, target: "l", among: members, learnerCaughtUp: nil).decision == .refuse)
  }

  @Test func viewsThatCannotBeAreRefused() {
    func member(_ name: String, voter: Bool = true, leader: Bool = false) -> GuardedMember {
      GuardedMember(name: name, isVoter: voter, health: .healthy, isLeader: leader)
    }
    let odd: [([GuardedMember], String)] = [
      ([], "no voter"),
      ([member("a", voter: false, leader: true)], "no voter"),
      ([member("a", leader: true), member("b", leader: true), member("c")], "2 leaders"),
      ([member("a"), member("b"), member("l", voter: false, leader: true)], "not a voter"),
      ([member("a", leader: true), member("b"), member("b")], "same name"),
    ]
    for (members, reason) in odd {
      for operation in GuardedOperation.allCases {
        let verdict = judge(operation, target: "b", among: members)
        #expect(verdict.decision == .refuse)
        #expect(verdict.reason.contains(reason), "\(verdict.reason)")
      }
    }
  }

  private func power(_ base: Int, _ exponent: Int) -> Int {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}
