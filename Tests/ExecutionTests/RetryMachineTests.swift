import Execution
import Model
import Planning
import Testing

/// What a failed attempt left is there whatever becomes of the next one.
@Suite struct RetryMachineTests {
  private let one = TaskKey(StepID("one"), 0)

  private func triedOnce() throws -> RunMachine {
    let steps = """
      one: { act: One, at: n1, run: "true", idempotent: true, retries: 2, rollback: { run: "true" } }
      """
    var run = RunMachine(plan: try Bench.planner(steps).plan(PlanningFacts(observation: Bench.observation)))
    try run.apply(.intended(task: one, node: NodeName("n1"), command: "true", attempt: 1))
    try run.apply(.finished(task: one, outcome: .failed(reason: "no"), output: TaskOutput()))
    try run.apply(.retried(task: one, again: true, why: "no"))
    return run
  }

  private func expectUndo(_ run: inout RunMachine) throws {
    guard case .unwind(let reason)? = run.actions.first else {
      Issue.record("\(run.actions)")
      return
    }
    try run.apply(.unwinding(reason: reason))
    #expect(run.actions == [.undo(one)])
  }

  @Test("guarantee 6: an interruption before the next attempt")
  func interrupted() throws {
    var run = try triedOnce()
    try run.apply(.interrupted(reason: "enough"))
    try expectUndo(&run)
  }

  @Test("guarantee 6: a next attempt that is refused")
  func refused() throws {
    var run = try triedOnce()
    try run.apply(.finished(task: one, outcome: .refused(reason: "not now"), output: TaskOutput()))
    try expectUndo(&run)
  }

  @Test(
    "guarantee 6: a next attempt that nobody saw, and that came to nothing",
    arguments: [Settlement.without(effect: "none"), .undecidable(reason: "who knows")])
  func cameToNothing(_ settlement: Settlement) throws {
    var run = try triedOnce()
    try run.apply(.intended(task: one, node: NodeName("n1"), command: "true", attempt: 2))
    try run.apply(.finished(task: one, outcome: .unknown(reason: "lost"), output: TaskOutput()))
    try run.apply(.settled(task: one, as: settlement))
    try expectUndo(&run)
    guard settlement == .undecidable(reason: "who knows") else { return }
    // Even if a person knows that the last one never began.
    try run.apply(.ruled(task: one, as: .never, by: "me", because: "I looked"))
    #expect(run.actions == [.undo(one)])
  }
}
