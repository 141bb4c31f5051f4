import Execution
import Journal
import Model
import TestSupport
import Testing

/// Runs whose controller is stopped somewhere, and taken up again from the journal on disk.
@Suite struct ResumeTests {
  struct Scenario: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var steps: String
    var exit: ExitCode
    var acts: [String]
  }

  static let scenarios = [
    Scenario(
      testDescription: "done", steps: twoActs(check: "true"), exit: .done, acts: ["one", "two"]),
    Scenario(
      testDescription: "rolled back", steps: twoActs(check: "false"), exit: .rolledBack,
      acts: ["one", "two", "undo-two", "undo-one"]),
    Scenario(
      testDescription: "tried again",
      steps: """
        one:
          act: One
          at: n1
          run: |
            echo one >> ${node.home}/acts
            [ $(wc -l < ${node.home}/acts) -ge 3 ]
          idempotent: true
          retries: 2
          every: 1ms
          rollback: { run: "echo undo-one >> ${node.home}/acts" }
        """, exit: .done, acts: ["one", "one", "one"]),
    Scenario(
      testDescription: "a loop, and a failure that is tolerated",
      steps: """
        loop:
          for: { member: members }
          steps:
            act:
              act: Act
              at: n1
              run: |
                echo ${member.name} >> ${here.home}/acts
                [ ${member.name} != n2 ]
              rollback: { run: "echo undo-${member.name} >> ${here.home}/acts" }
              max_failures: 1
        """, exit: .done, acts: ["n1", "n2", "undo-n2", "n3"]),
  ]

  private static func twoActs(check: String) -> String {
    """
    one:
      act: One
      at: n1
      run: echo one >> ${node.home}/acts
      rollback: { run: "echo undo-one >> ${node.home}/acts" }
    two:
      act: Two
      at: n1
      run: echo two >> ${node.home}/acts
      rollback: { run: "echo undo-two >> ${node.home}/acts" }
    check: { verify: Check, at: n1, run: "\(check)", expect: "true" }
    """
  }

  @Test(
    "guarantees 3 and 5: when its controller dies at a write to the journal, a run resumed reaches the same end",
    arguments: scenarios)
  func everywhere(_ scenario: Scenario) async throws {
    let (text, exit, acts) = (scenario.steps, scenario.exit, scenario.acts)
    let whole = FaultyStorage()
    let model = try Bench(text)
    #expect(try await model.start(model.transport(), storage: whole) == exit)
    // Nothing that was to be written or synced after such a moment is there, and the last record may be torn. The
    // first three are those of a journal that does not exist yet.
    let moments = whole.operations.indices.filter { ["append", "sync"].contains(whole.operations[$0]) }
      .dropFirst(3)
    #expect(moments.count >= 10)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for moment in moments {
        group.addTask {
          let bench = try Bench(text)
          let storage = FaultyStorage(
            .init(at: moment, code: 5, bytesWritten: moment % 3 * 20, isForGood: true))
          await #expect(throws: JournalError.self) {
            try await bench.start(bench.transport(), storage: storage)
          }
          if case .ended = try bench.replayAfterRepair().machine.phase { return }
          #expect(try await bench.resume(bench.transport()) == exit, "died at \(moment)")
          // Every act and every undo once, whether its outcome had been heard of or not.
          #expect(bench.acts() == acts, "died at \(moment)")
          #expect(try bench.replay().machine.phase == .ended(exit: exit.rawValue))
        }
      }
      try await group.waitForAll()
    }
  }
}
