import Model
import Planning
import TestSupport
import Testing

/// Members as bits: sets that cost nothing.
private typealias Bits = UInt16

/// The guards' table written a second time, in another way: a majority is more than half, and each operation is
/// the sets before and after it. Compared with `judge` on every small cluster there is.
private struct Oracle {
  var voters: Bits
  var up: Bits
  var learner: Bits = 0
  var learnerIsUp = false
  var leader: Bits

  func answer(_ operation: GuardedOperation, _ target: Bits, caughtUp: Bool) -> GuardVerdict.Decision {
    guard leader & voters != 0 else { return .refuse }
    let isKnown = target & (voters | learner) != 0
    let isAllowed: Bool
    switch operation {
    case .remove:
      isAllowed =
        target & voters != 0 && voters != target && learner == 0 && isMajority(up, of: voters)
        && isMajority(up & ~target, of: voters & ~target)
    case .stop:
      isAllowed = isKnown && isMajority(up & ~target, of: voters)
    case .addVoter:
      let isBootstrap = voters.nonzeroBitCount == 1 && up == voters
      isAllowed =
        !isKnown && learner == 0
        && (isBootstrap || isMajority(up, of: voters) && isMajority(up, of: voters | target))
    case .addLearner:
      isAllowed = !isKnown && learner == 0 && isMajority(up, of: voters)
    case .promote:
      isAllowed =
        target == learner && learnerIsUp && caughtUp && isMajority(up, of: voters)
        && isMajority(up | target, of: voters | target)
    case .removeLearner:
      isAllowed = target == learner && isMajority(up, of: voters)
    }
    if !isAllowed { return .refuse }
    let leaderGoes = target == leader && (operation == .remove || operation == .stop)
    return leaderGoes ? .transferFirst : .allow
  }

  private func isMajority(_ some: Bits, of all: Bits) -> Bool {
    2 * (some & all).nonzeroBitCount > all.nonzeroBitCount
  }
}

@Suite struct GuardOracleTests {
  private static let states: [Health] = [.healthy, .unhealthy, .unknown]

  @Test("guarantee 8: no difference from the table on any cluster of up to five voters", arguments: 1...5)
  func everySmallCluster(_ voterCount: Int) {
    var judged = 0
    var differences: [String] = []
    for code in 0..<power(3, voterCount) {
      let health = (0..<voterCount).map { Self.states[code / power(3, $0) % 3] }
      compare(health, &judged, &differences)
    }
    #expect(differences.prefix(5) == [])
    #expect(judged == power(3, voterCount) * casesOfOneCluster(voterCount))
  }

  /// With six and seven voters each cluster stands for all that differ from it in who is called what and who stands
  /// where in the list. That is enough: a guard counts its members, and asks of a name only whether it is the
  /// target's or another's, so that to rename and to reorder them changes nothing. The clusters of up to five show it,
  /// where every arrangement is judged by itself; here each is judged in a second arrangement too. Every
  /// target and every leader is tried nevertheless, and the clusters that are stood for are counted.
  @Test("guarantee 8: no difference from the table on any cluster of six or seven voters", arguments: 6...7)
  func everyLargerCluster(_ voterCount: Int) {
    var random = SeededRandom(seed: UInt64(voterCount))
    var judged = 0
    var stoodFor = 0
    var differences: [String] = []
    for healthy in 0...voterCount {
      for unhealthy in 0...(voterCount - healthy) {
        let unknown = voterCount - healthy - unhealthy
        let health = Self.states.enumerated().flatMap { index, state in
          Array(repeating: state, count: [healthy, unhealthy, unknown][index])
        }
        stoodFor += factorial(voterCount) / (factorial(healthy) * factorial(unhealthy) * factorial(unknown))
        compare(health, &judged, &differences)
        compare(health.shuffled(using: &random), &judged, &differences)
      }
    }
    #expect(differences.prefix(5) == [])
    #expect(stoodFor == power(3, voterCount), "every cluster is one of these, with other names")
    #expect(judged == 2 * (voterCount + 1) * (voterCount + 2) / 2 * casesOfOneCluster(voterCount))
    print("\(voterCount) voters: \(judged) cases for \(stoodFor * casesOfOneCluster(voterCount))")
  }

  /// Leaders and none, four learners, targets inside and outside, seven operations.
  private func casesOfOneCluster(_ voters: Int) -> Int { (voters + 1) * 4 * (voters + 2) * 7 }

  private func compare(_ health: [Health], _ judged: inout Int, _ differences: inout [String]) {
    let names = health.indices.map { "n\($0 + 1)" }
    let (learnerBit, strangerBit): (Bits, Bits) = (1 << 14, 1 << 15)
    let targets =
      names.indices.map { (names[$0], Bits(1) << $0) } + [("l", learnerBit), ("new", strangerBit)]
    let up = names.indices.reduce(Bits(0)) { health[$1] == .healthy ? $0 | 1 << $1 : $0 }
    for leader in [nil] + names.indices.map(Optional.some) {
      for learner in [nil] + Self.states.map(Optional.some) {
        var members = names.indices.map {
          GuardedMember(name: names[$0], isVoter: true, health: health[$0], isLeader: $0 == leader)
        }
        if let learner {
          members.append(GuardedMember(name: "l", isVoter: false, health: learner, isLeader: false))
        }
        let oracle = Oracle(
          voters: (1 << names.count) - 1, up: up, learner: learner == nil ? 0 : learnerBit,
          learnerIsUp: learner == .healthy, leader: leader.map { 1 << $0 } ?? 0)
        for operation in GuardedOperation.allCases {
          for (target, bit) in targets {
            for caughtUp in operation == .promote ? [true, false] : [true] {
              judged += 1
              let expected = oracle.answer(operation, bit, caughtUp: caughtUp)
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

  private func factorial(_ number: Int) -> Int { number < 2 ? 1 : number * factorial(number - 1) }

  private func power(_ base: Int, _ exponent: Int) -> Int {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}
