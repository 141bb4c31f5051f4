import Model
import Planning
import Testing

@Suite struct ProjectionTests {
  private let three = Membership(
    cluster: "k", term: 1,
    members: ["a", "b", "c"].map {
      Member(
        id: MemberID("id-\($0)"), node: NodeName($0), name: $0, isVoter: true, health: .healthy,
        isLeader: $0 == "a", index: 10, record: [:])
    })

  private func node(_ name: String) -> NodeName { NodeName(name) }

  @Test func aNewMemberIsAssumedDownUntilItStarts() {
    let joined = three.applying(.addVoter, to: node("d"))
    #expect(joined.voters.count == 4)
    #expect(joined.healthyVoters.count == 3)
    #expect(joined.applying(.start, to: node("d")).healthyVoters.count == 4)
    #expect(three.applying(.addVoter, to: node("a")) == three)
  }

  @Test func aLearnerVotesOnceItIsPromoted() {
    let learning = three.applying(.addLearner, to: node("d"))
    #expect(learning.voters.count == 3)
    #expect(learning.learners.map(\.label) == ["d"])
    #expect(learning.applying(.promote, to: node("d")).voters.count == 4)
    #expect(three.applying(.promote, to: node("z")) == three)
  }

  @Test(arguments: [Effect.Kind.stop, .wipe])
  func whoIsStoppedNeitherServesNorLeads(_ kind: Effect.Kind) {
    let stopped = three.applying(kind, to: node("a"))
    #expect(stopped.leader == nil)
    #expect(stopped.member(of: node("a"))?.health == .unhealthy)
    #expect(stopped.voters.count == 3)
    #expect(three.applying(kind, to: node("z")) == three)
  }

  @Test func leadershipGoesToAHealthyVoter() {
    let unwell = three.applying(.stop, to: node("b")).applying(.transferLeadership, to: node("a"))
    #expect(unwell.leader?.label == "c")
    #expect(unwell.members.count(where: \.isLeader) == 1)
    #expect(
      three.applying(.transferLeadership, to: node("b")) == three, "who does not lead gives nothing away")
    let alone = three.applying(.stop, to: node("b")).applying(.stop, to: node("c"))
    #expect(alone.applying(.transferLeadership, to: node("a")) == alone, "nobody could take it")
  }

  @Test func removingForgetsTheMember() {
    #expect(three.applying(.remove, to: node("c")).members.map(\.label) == ["a", "b"])
    #expect(three.applying(.remove, to: node("z")) == three)
  }

  @Test func eachEffectAsksItsOwnGuard() {
    let learning = three.applying(.addLearner, to: node("d"))
    #expect(learning.operation(for: .remove, on: node("d")) == .removeLearner)
    #expect(learning.operation(for: .remove, on: node("a")) == .remove)
    #expect(learning.operation(for: .remove, on: node("z")) == .remove)
    #expect(learning.operation(for: .wipe, on: node("a")) == .stop)
    #expect(learning.operation(for: .promote, on: node("d")) == .promote)
    #expect(learning.operation(for: .addVoter, on: node("z")) == .addVoter)
    #expect(learning.operation(for: .addLearner, on: node("z")) == .addLearner)
    // Nothing of these costs a vote.
    #expect(learning.operation(for: .stop, on: node("z")) == nil)
    #expect(learning.operation(for: .start, on: node("a")) == nil)
    #expect(learning.operation(for: .transferLeadership, on: node("a")) == nil)
  }

  @Test func whatIsJudgedIsTheMembershipAtHand() {
    #expect(three.judge(.stop, on: node("b"))?.decision == .allow)
    #expect(three.applying(.stop, to: node("c")).judge(.stop, on: node("b"))?.decision == .refuse)
    #expect(three.judge(.remove, on: node("a"))?.decision == .transferFirst)
    #expect(three.judge(.remove, on: node("z"))?.decision == .refuse)
    #expect(three.judge(.start, on: node("a")) == nil)
  }

  @Test func aMemberThatNoNodeIsCannotBeMistakenForOne() {
    var strangers = three
    strangers.members[2].node = nil
    strangers.members[2].name = "b"
    #expect(strangers.judge(.stop, on: node("b"))?.decision == .refuse)
  }

  @Test func identityIsWhoIsInTheClusterAndWithWhichVote() {
    var livelier = three
    livelier.members[1].health = .unknown
    livelier.members[0].isLeader = false
    livelier.members[2].index = 99
    livelier.term = 12
    #expect(livelier.identity == three.identity)
    #expect(three.applying(.remove, to: node("b")).identity != three.identity)
    var demoted = three
    demoted.members[1].isVoter = false
    #expect(demoted.identity != three.identity)
  }
}
