import Execution
import Model
import Planning
import TestSupport
import Testing

/// Runs that wait for a person: asked once nothing else can be done, never answered by belay itself.
@Suite struct ApprovalTests {
  private let steps = """
    mark:
      act: Write a line
      at: n1
      run: "echo one >> acts; echo printed"
      rollback: { run: "echo undone >> acts" }
    aside:
      act: Write another, whatever is answered
      at: n1
      needs: []
      run: "echo aside >> acts"
      rollback: { run: "echo aside-undone >> acts" }
    count:
      diagnose: Count the lines
      at: n1
      needs: [mark, aside]
      run: "wc -l < acts"
      out: { lines: tonumber }
    go:
      approve: Is that enough?
      needs: [count, mark]
    more:
      act: Write one more
      at: n1
      run: "echo two >> acts"
      rollback: { run: "echo two-undone >> acts" }
    """

  private func answers(_ events: [RunEvent]) -> [String] {
    events.compactMap { event in
      switch event {
      case .awaiting(let step): "awaiting \(step)"
      case .answered(let step, let approved, let person, _): "\(step) \(approved) \(person)"
      default: nil
      }
    }
  }

  @Test func aYesIsJournaledBeforeAnythingFollows() async throws {
    let bench = try Bench(steps)
    let code = try await bench.start(
      bench.transport(),
      approve: { question, _ in
        #expect(question.title == "Is that enough?")
        #expect(
          question.evidence == [
            "count (diagnose): Count the lines", "  lines: 2", "mark (act): Write a line", "  printed",
          ])
        // Whatever could be done without the person is done.
        #expect(Set(bench.acts()) == ["one", "aside"])
        return .approved(by: "ann")
      })
    #expect(code == .done && bench.acts().last == "two")
    let events = try bench.events()
    #expect(answers(events) == ["go true ann"])
    let answer = try #require(events.firstIndex { if case .answered = $0 { true } else { false } })
    let next = try #require(
      events.firstIndex {
        if case .intended(let task, _, _, _) = $0 { task.step == StepID("more") } else { false }
      })
    #expect(answer < next)
  }

  @Test func aNoUnwinds() async throws {
    let bench = try Bench(steps)
    let code = try await bench.start(
      bench.transport(), approve: { _, _ in .denied(by: "bob", why: "too few") })
    #expect(code == .rolledBack)
    #expect(Set(bench.acts()) == ["one", "aside", "undone", "aside-undone"])
    #expect(
      try bench.replay().machine.summary(exit: .rolledBack, run: bench.run).happened.contains(
        "bob did not approve: too few"))
  }

  @Test func aNoBeforeAnyActRefuses() async throws {
    let bench = try Bench(
      """
      go:
        approve: Shall it begin?
      mark:
        act: Write a line
        at: n1
        run: "echo one >> acts"
        rollback: { run: "true" }
      """)
    #expect(
      try await bench.start(bench.transport(), approve: { _, _ in .denied(by: "bob", why: "") }) == .refused)
    #expect(bench.acts() == [])
  }

  @Test func withoutAPersonTheRunStopsAndCanBeTakenUp() async throws {
    let bench = try Bench(steps)
    #expect(try await bench.start(bench.transport()) == .interrupted)
    #expect(Set(bench.acts()) == ["one", "aside"])
    #expect(try bench.replay().machine.waitingFor == StepID("go"))
    #expect(
      try bench.replay().machine.summary(exit: .interrupted, run: bench.run).next?.contains("--approve go")
        == true)
    // Nobody again: it waits on.
    #expect(try await bench.resume(bench.transport()) == .interrupted)
    let code = try await bench.resume(
      bench.transport(),
      approve: { question, _ in
        #expect(question.evidence.contains("  printed") && question.evidence.contains("  lines: 2"))
        return .approved(by: "ann")
      })
    #expect(code == .done && bench.acts().filter { $0 == "one" }.count == 1)
    #expect(answers(try bench.events()) == ["awaiting go", "awaiting go", "go true ann"])
  }

  /// The answer is lost with its controller, or is on disk: it is never invented and never asked for twice.
  @Test func aCrashWhileAPersonThinksAsksAgain() async throws {
    let bench = try Bench(steps)
    let plan = try bench.plan()
    var machine = RunMachine(plan: plan)
    func done(_ id: String) throws {
      let key = TaskKey(StepID(id), 0)
      try machine.apply(.intended(task: key, node: NodeName("n1"), command: "", attempt: 1))
      try machine.apply(.finished(task: key, outcome: .done, output: TaskOutput()))
    }
    let answer = RunEvent.answered(step: StepID("go"), approved: true, by: "ann", why: "")
    #expect(throws: IllegalEvent.self) { try machine.apply(answer) }
    try done("mark")
    #expect(machine.actions == [.start(TaskKey(StepID("aside"), 0))])
    try done("aside")
    try done("count")
    #expect(machine.actions == [.ask(StepID("go"))])
    try machine.apply(.awaiting(step: StepID("go")))
    #expect(machine.actions == [.end(exit: 7)])
    #expect(throws: IllegalEvent.self) { try machine.apply(answer) }
    try machine.apply(.resumed(by: "ann"))
    #expect(machine.actions == [.ask(StepID("go"))])
    try machine.apply(answer)
    #expect(machine.actions == [.start(TaskKey(StepID("more"), 0))])
    #expect(throws: IllegalEvent.self) { try machine.apply(answer) }
  }

  @Test func anActIsNotIntendedWithoutItsPhrase() throws {
    let bench = try Bench(
      """
      mark:
        act: Write a line
        at: [n1, n2]
        danger: erase ${here.name}
        run: "echo one >> acts"
        rollback: { run: "true" }
      """)
    var machine = RunMachine(plan: try bench.plan())
    #expect(machine.unconfirmed == ["erase n1", "erase n2"])
    let intent = RunEvent.intended(
      task: TaskKey(StepID("mark"), 0), node: NodeName("n1"), command: "", attempt: 1)
    try machine.apply(.confirmed(phrase: "erase n1", by: "ann"))
    #expect(throws: IllegalEvent.self) { try machine.apply(intent) }
    #expect(throws: IllegalEvent.self) { try machine.apply(.confirmed(phrase: "erase n3", by: "ann")) }
    try machine.apply(.confirmed(phrase: "erase n2", by: "ann"))
    try machine.apply(intent)
    #expect(machine.unconfirmed == [])
  }
}
