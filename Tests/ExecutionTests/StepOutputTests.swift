import Execution
import Model
import TestSupport
import Testing
import Transport

/// What steps put out: the same whoever answers first, and whether or not anybody saw the answer.
@Suite struct StepOutputTests {
  private let telling = """
    one:
      act: One
      at: n1
      run: echo 41; echo one >> ${node.home}/acts
      parse: json
      out: { answer: . + 1 }
      rollback: { run: "echo undo-one >> ${node.home}/acts" }
    two:
      act: Two
      at: n1
      run: echo two-${steps.one.answer} >> ${node.home}/acts
      rollback: { run: "true" }
    """

  @Test func aLostAnswerLosesNoOutput() async throws {
    let bench = try Bench(telling)
    let transport = bench.transport {
      $0.runs("one.0") && $0.command.contains("echo one") ? .loseAnswer : .none
    }
    #expect(try await bench.start(transport) == .done)
    #expect(bench.acts() == ["one", "two-42"])
    // After a crash the journal gives the same.
    #expect(try bench.replay().outputs[StepID("one")] == ["answer": 42])
  }

  @Test func aLostAnswerIsJudgedAsAnyOther() async throws {
    let bench = try Bench(
      telling.replacing("out: { answer: . + 1 }", with: "expect: . == 40\n  out: { answer: . }"))
    let transport = bench.transport {
      $0.runs("one.0") && $0.command.contains("echo one") ? .loseAnswer : .none
    }
    #expect(try await bench.start(transport) == .rolledBack)
    #expect(bench.acts() == ["one", "undo-one"])
  }

  @Test func theLastNodeCountsWhoeverAnswersLast() {
    let one = StepID("one")
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
      var outputs = StepOutputs()
      for index in order { outputs.add(["from": .number(Double(index))], of: TaskKey(one, index)) }
      #expect(outputs[one] == ["from": 2])
      #expect(outputs.ofSteps == [one: ["from": 2]])
    }
    #expect(StepOutputs()[one] == nil)
  }
}
