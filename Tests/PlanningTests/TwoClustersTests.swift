import Model
import Planning
import Testing

/// A node that was started as a cluster of its own may be in a newer term than all the others: it must not be believed
/// alone.
@Suite struct TwoClustersTests {
  private func report(_ node: String, leader: String?, term: Int, members: [String]) -> NodeReport {
    NodeReport(
      node: NodeName(node),
      answer: .view(
        MemberView(
          reporter: NodeName(node), cluster: "k", selfID: MemberID(node), leader: leader.map { MemberID($0) },
          term: term, index: 1, isHealthy: leader != nil,
          members: members.map {
            MemberView.ReportedMember(
              id: MemberID($0), name: $0, isLearner: false, node: NodeName($0), record: [:])
          })))
  }

  @Test func aMajorityInAnOlderTermIsNoStraggler() throws {
    let all = ["a", "b", "c"]
    let seen = agree([
      report("a", leader: "a", term: 7, members: all), report("b", leader: "a", term: 7, members: all),
      report("c", leader: "c", term: 8, members: ["c"]),
    ])
    #expect(seen.membership == nil)
    let said = try #require(seen.disagreements.first)
    #expect(said.contains("a, b follow a in term 7") && said.contains("two clusters"), "\(said)")
  }

  @Test(arguments: [nil, "a"]) func oneAloneOrWithoutALeaderIsAStraggler(_ leader: String?) {
    let all = ["a", "b", "c"]
    let seen = agree([
      report("a", leader: leader, term: 7, members: all), report("b", leader: "b", term: 8, members: all),
      report("c", leader: "b", term: 8, members: all),
    ])
    #expect(seen.membership?.leader?.label == "b")
    #expect(seen.disagreements.count == 1)
    let led = agree([
      report("a", leader: nil, term: 7, members: all), report("b", leader: nil, term: 7, members: all),
      report("c", leader: "c", term: 8, members: ["c"]),
    ])
    #expect(led.membership != nil, "nobody leads in the older term")
  }
}
