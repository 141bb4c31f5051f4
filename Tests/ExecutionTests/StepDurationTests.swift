import Execution
import Hashing
import Journal
import Model
import Planning
import Platform
import TestSupport
import Testing

/// What an earlier run tells of how long its steps take.
@Suite struct StepDurationTests {
  private let steps = """
    one: { act: One, at: members - n3, run: "true", rollback: { run: "true" } }
    two: { act: Two, at: n1, run: "true", rollback: { run: "true" } }
    """

  /// The run that these events make, each at its second.
  private func durations(_ events: [(second: Int64, event: RunEvent)]) throws -> [String: Double] {
    let scratch = ScratchDirectory(inMemory: true)
    let plan = try Bench.planner(steps).plan(PlanningFacts(observation: Bench.observation))
    let start = RunLog.Start(
      run: RunID("r"), plan: plan, planDigest: try plan.digest().hex, belay: "1", operatorName: "me",
      host: "here", directory: "/", previousHead: nil)
    let path = scratch.path(of: "j")
    let journal = try JournalWriter.create(path, kind: RunLog.startKind, binding: try RunLog.binding(start))
    try journal.append(try events.map { try RunLog.entry($0.event) })
    var replay = try RunLog.replay(try JournalReader.read(path).records)
    for (index, event) in events.enumerated() {
      replay.events[index].time = Timestamp(millisecondsSince1970: event.second * 1000)
    }
    return Dictionary(uniqueKeysWithValues: replay.stepDurations.map { ($0.key.rawValue, $0.value) })
  }

  private func begin(_ step: String, _ index: Int = 0, attempt: Int = 1) -> RunEvent {
    .intended(task: TaskKey(StepID(step), index), node: NodeName("n1"), command: "true", attempt: attempt)
  }

  private func end(_ step: String, _ index: Int = 0, _ outcome: TaskOutcome = .done) -> RunEvent {
    .finished(task: TaskKey(StepID(step), index), outcome: outcome, output: TaskOutput())
  }

  @Test func aStepLastsFromItsFirstIntentToItsLastOutcome() throws {
    let found = try durations([
      (10, begin("one", 0)), (11, begin("one", 1)), (14, end("one", 1)), (17, end("one", 0)),
      (20, begin("two")), (21, end("two")),
    ])
    #expect(found == ["one": 7, "two": 1])
  }

  @Test func whatFailedOrNeverEndedTellsNothing() throws {
    #expect(try durations([(1, begin("one", 0)), (2, begin("one", 1)), (3, end("one", 0))]).isEmpty)
    let failed = try durations([
      (1, begin("one", 0)), (2, begin("one", 1)), (3, end("one", 0)),
      (4, end("one", 1, .failed(reason: "x"))),
    ])
    #expect(failed.isEmpty)
    #expect(try durations([]).isEmpty)
  }

  @Test func theAbsenceOfAControllerIsNotMeasured() throws {
    let found = try durations([
      (1, begin("one", 0)), (1, begin("one", 1)), (2, end("one", 0)), (3, end("one", 1)), (4, begin("two")),
      (9000, .resumed(by: "me")), (9001, end("two")),
    ])
    #expect(found == ["one": 2])
  }

  @Test func aClockThatWentBackMeasuresNothing() throws {
    let found = try durations([
      (100, begin("one", 0)), (100, begin("one", 1)), (50, end("one", 0)), (40, end("one", 1)),
    ])
    #expect(found.isEmpty)
  }
}
