import Model
import Planning
import Testing

/// Three voters that see each other, to be disturbed.
private func view(
  _ node: String, members: [String] = ["a", "b", "c"], learners: Set<String> = [], leader: String? = "a",
  term: Int = 7, cluster: String = "k", isHealthy: Bool = true, as selfID: String? = nil
) -> NodeReport {
  let reported = members.map {
    MemberView.ReportedMember(
      id: MemberID($0), name: $0, isLearner: learners.contains($0), node: NodeName($0), record: [:])
  }
  return NodeReport(
    node: NodeName(node),
    answer: .view(
      MemberView(
        reporter: NodeName(node), cluster: cluster, selfID: MemberID(selfID ?? node),
        leader: leader.map { MemberID($0) }, term: term, index: 100, isHealthy: isHealthy,
        members: reported)))
}

private func unreachable(_ node: String) -> NodeReport {
  NodeReport(node: NodeName(node), answer: .unreachable(why: "no route", help: nil))
}

private func silent(_ node: String) -> NodeReport {
  NodeReport(node: NodeName(node), answer: .silent("exit status 1"))
}

extension Observation {
  fileprivate func health(_ id: String) -> Health? {
    membership?.members.first { $0.id == MemberID(id) }?.health
  }
}

@Suite struct AgreementTests {
  @Test func membersThatAgreeMakeAMembership() {
    let seen = agree([view("a"), view("b"), view("c")])
    #expect(seen.membership?.voters.map(\.label) == ["a", "b", "c"])
    #expect(seen.membership?.leader?.label == "a")
    #expect(seen.membership?.term == 7)
    #expect(seen.disagreements == [])
  }

  @Test(
    "guarantee 8: views that cannot be of one cluster give no membership",
    arguments: [
      (
        "row 30: differing members", [view("a"), view("b"), view("c", members: ["a", "b", "c", "d"])],
        "the views differ"
      ),
      ("a voter here, a learner there", [view("a"), view("b", learners: ["c"])], "c (learner)"),
      ("row 31: two leaders in one term", [view("a"), view("b", leader: "b"), view("c")], "2 leaders"),
      (
        "row 33: differing clusters", [view("a"), view("b"), view("c", cluster: "other")],
        "different clusters"
      ),
      (
        "another cluster, even of an older term",
        [view("a"), view("b"), view("c", term: 1, cluster: "other")],
        "different clusters"
      ),
      (
        "row 32: two of five",
        [
          view("a", members: ["a", "b", "c", "d", "e"]), view("b", members: ["a", "b", "c", "d", "e"]),
          unreachable("c"), unreachable("d"), unreachable("e"),
        ], "only 2 of 5 voters"
      ),
      (
        "row 34: the others' views are of an older term", [view("a", term: 8), view("b"), view("c")],
        "only 1 of 3"
      ),
      ("one member answers for two nodes", [view("a"), view("b", as: "a"), unreachable("c")], "both answer"),
      ("nobody answers", [unreachable("a"), silent("b")], "no member could be asked"),
      ("nobody lists the members", [learnerView("a"), learnerView("b")], "lists the members"),
      ("only those answer who are not in the list", [view("x"), view("y")], "only 0 of 3"),
    ] as [(String, [NodeReport], String)])
  func noMembership(_ name: String, _ reports: [NodeReport], _ reason: String) {
    let seen = agree(reports)
    #expect(seen.membership == nil, "\(name)")
    #expect(seen.disagreements.contains { $0.contains(reason) }, "\(name): \(seen.disagreements)")
    #expect(seen.reports == reports)
  }

  @Test func aStragglerOfAnOlderTermDoesNotCountAndIsNamed() {
    let seen = agree([view("a"), view("b"), view("c", leader: "c", term: 6)])
    #expect(seen.membership?.leader?.label == "a")
    #expect(seen.health("c") == .unknown)
    #expect(seen.disagreements == ["c is behind: it reports term 6, the others 7"])
  }

  @Test func aStragglersOutdatedListDoesNotDisturb() {
    let seen = agree([view("a"), view("b"), view("c", members: ["a", "b"], term: 6)])
    #expect(seen.membership?.voters.count == 3)
  }

  @Test func healthIsWhatAMemberSaysOfItself() {
    let seen = agree([view("a"), view("b"), view("c", isHealthy: false)])
    #expect(seen.health("a") == .healthy)
    #expect(seen.health("c") == .unhealthy)
  }

  @Test("guarantee 8: who cannot be asked is unknown, who does not answer is not healthy")
  func silence() {
    #expect(agree([view("a"), view("b"), unreachable("c")]).health("c") == .unknown)
    #expect(agree([view("a"), view("b"), silent("c")]).health("c") == .unhealthy)
    #expect(agree([view("a"), view("b")]).health("c") == .unknown)
  }

  @Test func aLearnerIsNoWitnessButSpeaksForItself() {
    let members = ["a", "b", "c", "l"]
    let voters = ["a", "b"].map { view($0, members: members, learners: ["l"]) }
    let seen = agree(voters + [unreachable("c"), learnerView("l")])
    #expect(seen.health("l") == .healthy)
    #expect(seen.membership?.learners.map(\.label) == ["l"])
    // One voter and a learner are not two voters, even if the learner were to list the members.
    let listing = view("l", members: members, learners: ["l"])
    #expect(agree([voters[0], unreachable("b"), unreachable("c"), listing]).membership == nil)
  }

  @Test func aLeaderWhomTooFewFollowDoesNotLead() {
    let seen = agree([view("a"), view("b", leader: nil), view("c", leader: nil)])
    #expect(seen.membership != nil)
    #expect(seen.membership?.leader == nil)
    #expect(seen.disagreements == ["only 1 of 3 voters name a as their leader"])
    let verdict = seen.membership?.judge(.stop, on: NodeName("c"))
    #expect(verdict?.decision == .refuse)
    #expect(verdict?.reason == "no leader is seen")
  }

  @Test func aLeaderOutsideTheListLeadsNobody() {
    #expect(agree(["a", "b", "c"].map { view($0, leader: "z") }).membership?.leader == nil)
  }

  @Test func theOrderOfReportsDoesNotMatter() {
    let reports = [view("a"), view("b"), view("c", term: 6), unreachable("d")]
    let first = agree(reports).membership
    #expect(agree(reports.reversed()).membership == first)
  }
}

/// As an etcd learner answers: alive, but it may not list the members.
private func learnerView(_ node: String) -> NodeReport {
  NodeReport(
    node: NodeName(node),
    answer: .view(
      MemberView(
        reporter: NodeName(node), cluster: "k", selfID: MemberID(node), leader: nil, term: 7, index: 90,
        isHealthy: true, members: nil)))
}
