import Execution
import Hashing
import Journal
import Model
@testable import Planning
import TestSupport
import Testing

@Suite struct RunLogTests {
  private let steps = """
    late: { act: Late, when: $cluster.healthy, at: n1, run: "true", rollback: { run: "true" } }
    """

  private func records(_ events: [RunEvent], digest: String? = nil) throws -> [JournalRecord] {
    let scratch = ScratchDirectory(inMemory: true)
    let plan = try Bench.planner(steps).plan(PlanningFacts(observation: Bench.observation))
    let start = RunLog.Start(
      run: RunID("r"), plan: plan, planDigest: try digest ?? plan.digest().hex, belay: "1",
      operatorName: "me",
      host: "here", directory: "/", previousHead: "41:ab")
    let journal = try JournalWriter.create(
      scratch.path(of: "j"), kind: RunLog.startKind, binding: try RunLog.binding(start))
    try journal.append(try events.map(RunLog.entry))
    return try JournalReader.read(scratch.path(of: "j")).records
  }

  private let task = TaskKey(StepID("late"), 0)
  private let output = TaskOutput(
    exit: 1, stdout: "é\u{0}\u{1b}[31m\n", stderr: "\"\\", stdoutBytes: 1 << 40, stderrBytes: 3,
    out: ["id": .string("8e9e"), "deep": ["list": [1, .null, true]]])

  @Test("every kind of event survives the journal")
  func roundTrip() throws {
    let verdict = GuardVerdict(
      decision: .transferFirst, reason: "r", voters: 3, healthy: 2, quorumBefore: 2, quorumAfter: 2,
      margin: -1)
    let summary = RunSummary(happened: "h", undone: ["a"], owed: ["b"], next: "belay show r")
    let events: [RunEvent] = [
      .observed(purpose: "when of late", observation: Bench.observation),
      .guarded(task: task, isUndo: false, verdict: verdict),
      .intended(task: task, node: NodeName("n1"), command: "true", attempt: 1),
      .finished(task: task, outcome: .unknown(reason: "lost"), output: output),
      .settled(task: task, as: .neverStarted),
      .intended(task: task, node: nil, command: "true", attempt: 2),
      .interrupted(reason: "SIGINT"),
      .finished(task: task, outcome: .failed(reason: "f"), output: output),
      .unwinding(reason: "f"),
      .undoIntended(task: task, node: NodeName("n2"), command: "true", attempt: 1),
      .resumed(by: "me"),
      .undoFinished(task: task, outcome: .owed(reason: "o"), output: output),
      .compared(restoration: .differs(["missing: n3"])),
      .ended(exit: 6, summary: summary),
    ]
    let replay = try RunLog.replay(records(events))
    #expect(replay.events.map(\.event) == events)
    #expect(replay.start.previousHead == "41:ab")
    let kinds = try records([.decided(step: StepID("late"), runs: false)]).map(\.kind)
    #expect(kinds == [RunLog.startKind, "decided"])
  }

  @Test("guarantee 5: a journal that contradicts itself is refused, and says where")
  func contradictions() throws {
    let wrong: [([RunEvent], String)] = [
      ([.finished(task: task, outcome: .done, output: output)], "record 1"),
      (
        [
          .observed(purpose: "", observation: Bench.observation),
          .ended(exit: 0, summary: RunSummary(happened: "")),
        ], "record 2"
      ),
    ]
    for (events, place) in wrong {
      #expect {
        try RunLog.replay(records(events))
      } throws: { error in "\(error)".contains(place) }
    }
  }

  @Test("guarantee 9: a journal whose plan is not the one it names is refused")
  func otherPlan() throws {
    #expect {
      try RunLog.replay(records([], digest: String(repeating: "0", count: 64)))
    } throws: { error in "\(error)".contains("digest") }
    #expect(throws: (any Error).self) { try RunLog.replay([]) }
  }
}
