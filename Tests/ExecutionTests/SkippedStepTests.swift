import Execution
import Model
import Planning
import Testing

@Suite struct SkippedStepTests {
  private static let steps = """
    first: { act: First, at: n1, run: "true", rollback: { run: "true" } }
    second: { act: Second, when: '$before.leader == "n3"', at: n1, run: "true", rollback: { run: "true" } }
    third: { act: Third, at: n1, run: "true", rollback: { run: "true" } }
    """

  /// A step that is skipped must not let those behind it overtake those before it.
  @Test func aSkippedStepHandsOnWhatItWouldHaveWaitedFor() throws {
    let plan = try Bench.planner(Self.steps).plan(PlanningFacts(observation: Bench.observation))
    try #require(plan.step(StepID("second"))?.isSkipped == true)
    var machine = RunMachine(plan: plan)
    let first = TaskKey(StepID("first"), 0)
    let third = TaskKey(StepID("third"), 0)
    #expect(machine.actions == [.start(first)])
    try machine.apply(.intended(task: first, node: NodeName("n1"), command: "true", attempt: 1))
    #expect(machine.actions.isEmpty)
    try machine.apply(.finished(task: first, outcome: .done, output: TaskOutput()))
    #expect(machine.actions == [.start(third)])
  }

  /// A `when` that cannot be judged is a failure: skipped in silence, the step would count as done.
  @Test func aWhenThatFailsFailsTheRun() async throws {
    let bench = try Bench(
      """
      first: { act: First, at: n1, run: "echo abc; echo first >> acts", out: { count: . }, rollback: { run: "echo undo >> acts" } }
      second:
        act: Second
        when: $steps.first.count | tonumber > 1
        at: [n1, n2]
        run: echo second >> acts
        max_failures: 1
        rollback: { run: "true" }
      """)
    #expect(try await bench.start(bench.transport()) == .rolledBack)
    #expect(bench.acts() == ["first", "undo"])
    #expect(try bench.replay().machine.firstFailure?.contains("when: ") == true)
  }
}
