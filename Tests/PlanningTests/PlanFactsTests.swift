import Model
import Testing

@testable import Planning

/// Complete, applyable and errored are three facts: each can be so without the others.
@Suite struct PlanFactsTests {
  private func facts(_ plan: Plan) -> [Bool] { [plan.complete, plan.applyable, plan.errored] }

  @Test func theyAreApart() throws {
    #expect(facts(try EtcdScenario.addNode.plan()) == [false, true, false])
    let refused = try EtcdScenario.removeNode.changed { $0.unreachable = ["n2"] }.plan()
    #expect(facts(refused) == [false, false, false], "a guard's no is an answer")
    let unseen = try EtcdScenario.removeNode.changed { $0.unreachable = ["n1", "n2"] }.plan()
    #expect(facts(unseen) == [false, false, true], "nobody knows the members")
    let unread = try EtcdScenario.addNode.changed { $0.environmentFile = .unknown }.plan()
    #expect(unread.errored, "a file that is to be replaced was not seen")
    let no = try EtcdScenario.addNode.changed { $0.failures = ["reach": "refused"] }.plan()
    #expect(facts(no) == [false, false, false])
    let silence = try EtcdScenario.addNode.changed { $0.silences = ["reach": "timed out"] }.plan()
    #expect(facts(silence) == [false, false, true])
    #expect(silence.refusals.map(\.reason) == ["timed out"])
  }

  @Test func whatIsKnownLaterIsNamedOnce() throws {
    let later = try EtcdScenario.addNode.plan().knownLater
    #expect(later.contains("where join runs") && later.contains("${node.member.id}"), "\(later)")
    #expect(Set(later).count == later.count)
    var plan = try EtcdScenario.addNode.plan()
    plan.steps = plan.steps.filter { $0.id == StepID("reach") }
    #expect(plan.knownLater == [])
    plan.steps[0].condition = .when("$cluster.healthy")
    #expect(plan.knownLater == ["whether reach runs"])
    plan.stateFacts(PlanningFacts())
    #expect(!plan.complete)
  }
}
