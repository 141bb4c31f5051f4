import Model
import Planning
import Testing

/// Every combination of what three voters may answer, held against the rules of agreement written a second time: as what
/// must be true of the witnesses of whatever is believed.
@Suite struct AgreementOracleTests {
  private struct Answer {
    var term = 7
    var leader: String? = "a"
    var members: [String]? = ["a", "b", "c"]
    var cluster = "k"
    var isHealthy = true
  }

  /// Nil: nobody could ask. The rest differs from the first in one thing each.
  private static let answers: [Answer?] = [
    nil, Answer(), Answer(leader: "b"), Answer(leader: nil), Answer(term: 6), Answer(term: 8),
    Answer(members: ["a", "b"]), Answer(members: ["a", "b", "c", "d"]), Answer(members: nil),
    Answer(cluster: "other"), Answer(isHealthy: false), Answer(term: 6, leader: "c", members: ["a", "b"]),
  ]

  private func report(_ node: String, _ answer: Answer?) -> NodeReport {
    guard let answer else {
      return NodeReport(node: NodeName(node), answer: .unreachable(why: "no route", help: nil))
    }
    let members = answer.members?.map {
      MemberView.ReportedMember(
        id: MemberID($0), name: $0, isLearner: false, node: NodeName($0), record: [:])
    }
    return NodeReport(
      node: NodeName(node),
      answer: .view(
        MemberView(
          reporter: NodeName(node), cluster: answer.cluster, selfID: MemberID(node),
          leader: answer.leader.map { MemberID($0) }, term: answer.term, index: 1,
          isHealthy: answer.isHealthy,
          members: members)))
  }

  /// The members that must be believed, or nil when there must be none.
  private func expected(_ given: [String: Answer]) -> (members: [String], leader: String?)? {
    guard let term = given.values.map(\.term).max() else { return nil }
    let current = given.filter { $0.value.term == term }
    let lists = Set(current.values.compactMap(\.members))
    guard Set(given.values.map(\.cluster)).count == 1, lists.count == 1, let members = lists.first,
      Set(current.values.compactMap(\.leader)).count <= 1
    else { return nil }
    let witnesses = current.filter { $0.value.members != nil && members.contains($0.key) }
    guard 2 * witnesses.count > members.count else { return nil }
    let led = witnesses.filter { $0.value.leader != nil }
    let leader = led.first?.value.leader.flatMap { members.contains($0) ? $0 : nil }
    return (members, 2 * led.count > members.count ? leader : nil)
  }

  @Test("guarantee 8: nothing is believed but what a majority says, in the newest term and of one cluster")
  func everyCombination() {
    let nodes = ["a", "b", "c"]
    var believed = 0
    var differences: [String] = []
    for code in 0..<Self.answers.count * Self.answers.count * Self.answers.count {
      let size = Self.answers.count
      let answers = [
        Self.answers[code % size], Self.answers[code / size % size], Self.answers[code / size / size],
      ]
      let seen = agree(zip(nodes, answers).map { report($0, $1) })
      let given = Dictionary(
        uniqueKeysWithValues: zip(nodes, answers).compactMap { node, answer in answer.map { (node, $0) } })
      let expected = expected(given)
      let members = seen.membership?.members.map(\.label)
      if members != expected?.members || seen.membership?.leader?.label != expected?.leader {
        differences.append("\(given): \(members ?? []) and \(expected?.members ?? [])")
      }
      if seen.membership == nil, seen.disagreements.isEmpty {
        differences.append("\(given): nothing is said")
      }
      guard let membership = seen.membership else { continue }
      believed += 1
      for member in membership.members {
        let own = given[member.label].flatMap { $0.term == membership.term ? $0 : nil }
        let health: Health = own.map { $0.isHealthy ? .healthy : .unhealthy } ?? .unknown
        if member.health != health { differences.append("\(given): \(member.label) is \(member.health)") }
      }
    }
    #expect(differences.prefix(3) == [])
    #expect(believed > 100, "\(believed)")
  }
}
