import Loading
import Model
import Testing

@testable import Planning

/// Guards that a system declares, on a cluster that counts no votes.
@Suite struct DeclaredGuardTests {
  private func system(_ guards: String, votes: Bool = false) throws -> ClusterSystem {
    let loaded = loadSystem(
      SourceFile(
        path: "system.yaml",
        text: """
          system: paper
          summary: s
          votes: \(votes)
          observe:
            ask: { view: { run: x, parse: json } }
            view: .view
            identify: $member.name == $node.name
          guards: { \(guards) }
          """))
    return try #require(loaded.value, "\(loaded.diagnostics)")
  }

  private static let enough = """
    copies: { on: [stop, remove], require: '[$after.members[] | select(.healthy)] | length >= 2',
      because: "a shard would lose its second copy with ${target}",
      evidence: ['[$cluster.members[] | select(.healthy) | .name] | join(",")', '$effect'] }
    """

  private let stops = """
    first: { act: x, at: n1, run: x, effect: { stop: n1 }, rollback: { run: x, effect: { start: n1 } } }
    second: { act: x, at: n2, run: x, effect: { stop: n2 }, rollback: { run: x, effect: { start: n2 } } }
    """

  private var gossip: PaperCluster {
    var cluster = PaperCluster()
    cluster.hasVotes = false
    return cluster
  }

  @Test func eachActIsJudgedOnWhatTheOnesBeforeItLeave() throws {
    let plan = try gossip.plan(stops, system: system(Self.enough))
    #expect(plan.timeline.map { $0.declared?.map(\.decision) ?? [] } == [[], [.allow], [.refuse]])
    #expect(
      plan.refusals.map(\.reason) == [
        "stop n2: copies: a shard would lose its second copy with n2 (n2,n3; stop)"
      ])
    #expect(plan.refusals.first?.step == StepID("second"))
  }

  @Test func nobodyNeedsToLeadWhereNobodyVotes() throws {
    let plan = try gossip.plan(stops, system: system("", votes: false))
    #expect(plan.isApplicable, "\(plan.refusals)")
    #expect(plan.before?.membership?.leader == nil)
    #expect(plan.timeline.allSatisfy { $0.quorum == 0 && $0.verdict == nil })
    #expect(plan.safety?.concerns == [], "there is no quorum to be lost")
    #expect(clusterValue(gossip.observation)["healthy"] == true)
  }

  @Test(
    "who cannot be told apart from others is not a mistake of the runbook",
    arguments: ["members", "any(members)"])
  func withoutAgreementASelectionRefuses(_ selector: String) throws {
    var split = gossip
    split.unreachable = ["n1", "n2"]
    let plan = try split.plan(
      "a: { act: x, at: \(selector), run: x, rollback: none, because: x }", system: system(""))
    #expect(plan.refusals.map(\.step) == [StepID("a")])
    #expect(plan.refusals.allSatisfy { $0.reason.hasPrefix("the membership is not agreed on: only 1 of 3") })
    #expect(!plan.isApplicable)
  }

  @Test func aDeclaredGuardComesBesideTheQuorum() throws {
    let never = "never: { on: [stop], require: 'false', because: not on a Friday }"
    let plan = try PaperCluster().plan(stops, system: system(never, votes: true))
    #expect(plan.refusals.contains { $0.verdict?.decision == .transferFirst })
    #expect(plan.refusals.filter { $0.declared?.guardName == "never" }.count == 2)
  }

  @Test func aWarningIsSaidAndNothingIsRefused() throws {
    let odd = """
      odd: { on: remove, require: '$after.members | length % 2 == 1', because: four are no safer than three,
        severity: warning }
      """
    let plan = try gossip.plan(
      "gone: { act: x, at: n1, run: x, effect: { remove: n3 }, rollback: none, because: x }",
      system: system(odd))
    #expect(plan.isApplicable)
    #expect(plan.warnings == ["gone: odd: four are no safer than three"])
  }

  @Test func whatCannotBeJudgedIsNotAllowedEvenIfItWouldOnlyWarn() throws {
    let broken =
      "odd: { on: stop, require: '$target.name + 1 > 2', because: x, severity: warning }"
    let plan = try gossip.plan(stops, system: system(broken))
    #expect(plan.refusals.count == 2)
    #expect(plan.refusals.allSatisfy { $0.reason.contains("it cannot be judged: ") })
  }

  @Test func aRestartIsAskedForAsAStop() throws {
    let restart = "again: { act: x, at: n1, run: x, effect: { restart: n1 }, rollback: none, because: x }"
    let never = "never: { on: stop, require: 'false', because: no }"
    #expect(try !gossip.plan(restart, system: system(never)).isApplicable)
    let other = "never: { on: remove, require: 'false', because: no }"
    #expect(try gossip.plan(restart, system: system(other)).isApplicable)
  }

  @Test func anUndoThatItWouldRefuseIsSaid() throws {
    let plan = try gossip.plan(
      "join: { act: x, at: n1, run: x, effect: { add-voter: n4 }, rollback: { run: x, effect: { remove: n4 } } }",
      system: system("stay: { on: remove, require: 'false', because: nobody leaves }"))
    #expect(plan.isApplicable)
    #expect(plan.warnings == ["the undo of join would be refused right after it: stay: nobody leaves"])
  }

  @Test func whatAMemberKnowsOfItselfIsInItsRecord() {
    func report(_ name: String, _ copies: Double) -> NodeReport {
      let members = ["a", "b"].map {
        MemberView.ReportedMember(
          id: MemberID($0), name: $0, isLearner: false, node: NodeName($0),
          record: ["copies": 0, "zone": "z"])
      }
      return NodeReport(
        node: NodeName(name),
        answer: .view(
          MemberView(
            reporter: NodeName(name), cluster: "k", selfID: MemberID(name), leader: nil, term: 0, index: nil,
            isHealthy: true, members: members, own: ["copies": .number(copies)])))
    }
    let seen = agree([report("a", 1), report("b", 2)], hasVotes: false).membership
    #expect(seen?.members.map { $0.record["copies"] } == [1, 2])
    #expect(seen?.members.map { $0.record["zone"] } == ["z", "z"])
    #expect(seen?.hasVotes == false)
  }

  @Test("guarantee 9: what a guard says today is no part of what was reviewed, the guard itself is")
  func theDigest() throws {
    let plan = try gossip.plan(stops, system: system(Self.enough))
    var other = plan
    other.timeline[1].declared = nil
    other.safety = nil
    #expect(try other.digest() == plan.digest())
    other.guards?[0].require = "true"
    #expect(try other.digest() != plan.digest())
  }

  @Test func anOperatorMayGoPastAGuardThatAllowsIt() throws {
    func plan(_ more: String) throws -> Plan {
      let never = "never: { on: stop, require: 'false', because: no\(more) }"
      return try gossip.plan(
        stops, system: system(never), overrides: [GuardOverride(guardName: "never", because: "it burns")])
    }
    let past = try plan("")
    #expect(past.isApplicable)
    #expect(
      past.warnings == ["first: never: no; overridden: it burns", "second: never: no; overridden: it burns"])
    #expect(try past.digest() != plan(", evidence: '1'").digest())
    #expect(try !plan(", overridable: false").isApplicable)
  }
}
