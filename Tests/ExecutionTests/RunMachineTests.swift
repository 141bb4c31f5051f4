import Execution
import Model
import Planning
import Testing

/// Three acts in a row, then a verification; the second one is a point of no return.
private let chain = """
  first:
    act: First
    at: n1
    run: "true"
    rollback: { run: "true" }
  second:
    act: Second
    at: n1
    run: "true"
    rollback: none
    because: it is a test
  third:
    act: Third
    at: n1
    run: "true"
    rollback: { run: "true" }
  check:
    verify: Check
    at: n1
    run: "true"
    expect: "true"
  """

private func machine(_ steps: String = chain) throws -> RunMachine {
  RunMachine(plan: try Bench.planner(steps).plan(PlanningFacts(observation: Bench.observation)))
}

private func key(_ step: String) -> TaskKey { TaskKey(StepID(step), 0) }

extension RunMachine {
  fileprivate mutating func start(_ step: String) throws {
    try apply(.intended(task: key(step), node: NodeName("n1"), command: "true", attempt: 1))
  }

  fileprivate mutating func finish(_ step: String, _ outcome: TaskOutcome = .done) throws {
    try apply(.finished(task: key(step), outcome: outcome, output: TaskOutput()))
  }

  fileprivate mutating func does(_ steps: String...) throws {
    for step in steps {
      #expect(actions == [.start(key(step))])
      try start(step)
      #expect(actions == [])
      try finish(step)
    }
  }

  fileprivate mutating func undoes(_ step: String, _ outcome: UndoOutcome = .undone) throws {
    #expect(actions == [.undo(key(step))])
    try apply(.undoIntended(task: key(step), node: NodeName("n1"), command: "true", attempt: 1))
    #expect(actions == [])
    try apply(.undoFinished(task: key(step), outcome: outcome, output: TaskOutput()))
  }

  fileprivate mutating func ends(_ exit: Int) throws {
    #expect(actions == [.end(exit: exit)])
    try apply(.ended(exit: exit, summary: RunSummary(happened: "")))
    #expect(phase == .ended(exit: exit))
    #expect(actions == [])
  }
}

@Suite struct RunMachineTests {
  @Test func success() throws {
    var run = try machine()
    try run.does("first", "second", "third", "check")
    try run.ends(0)
  }

  @Test("guarantee 6: a verification that fails starts the way back, in reverse")
  func wayBack() throws {
    var run = try machine()
    try run.does("first", "second", "third")
    try run.start("check")
    try run.finish("check", .failed(reason: "no"))
    #expect(run.actions == [.unwind(reason: "check: no")])
    try run.apply(.unwinding(reason: "check: no"))
    try run.undoes("third")
    // The second has no way back.
    try run.undoes("first")
    #expect(run.actions == [.compare])
    try run.apply(.compared(restoration: .restored))
    try run.ends(5)
  }

  @Test func aRefusalBeforeAnyActChangesNothing() throws {
    var run = try machine()
    try run.finish("first", .refused(reason: "unsafe"))
    #expect(run.hasActed == false)
    try run.ends(4)
  }

  @Test func aRefusalAfterAnActUndoesIt() throws {
    var run = try machine()
    try run.does("first")
    try run.finish("second", .refused(reason: "unsafe"))
    try run.apply(.unwinding(reason: "second: unsafe"))
    try run.undoes("first")
    try run.apply(.compared(restoration: .restored))
    try run.ends(5)
  }

  @Test func whatFailedMayHaveActedAndIsUndoneToo() throws {
    var run = try machine()
    try run.start("first")
    try run.finish("first", .failed(reason: "exit status 1"))
    try run.apply(.unwinding(reason: "first"))
    try run.undoes("first")
    #expect(run.actions == [.compare])
  }

  @Test(
    "guarantee 4: an unknown outcome is settled, and each way has its own end",
    arguments: [
      (Settlement.done(how: "receipt"), [RunAction.start(key("second"))]),
      (.failed(reason: "exit 1"), [.unwind(reason: "first: exit 1")]),
      (.without(effect: "nothing came of it"), [.unwind(reason: "first: nothing came of it")]),
      (.neverStarted, [.start(key("first"))]),
      (.undecidable(reason: "gone"), [.unwind(reason: "first: nobody can say whether it happened: gone")]),
    ])
  func settling(_ settlement: Settlement, _ next: [RunAction]) throws {
    var run = try machine()
    try run.start("first")
    try run.finish("first", .unknown(reason: "lost"))
    #expect(run.actions == [.settle(key("first"))])
    try run.apply(.settled(task: key("first"), as: settlement))
    #expect(run.actions == next)
    guard case .unwind? = next.first else { return }
    try run.apply(.unwinding(reason: ""))
    if case .without = settlement {
      #expect(run.actions == [.compare], "what had no effect is not undone")
    } else {
      try run.undoes("first")
    }
    try run.apply(.compared(restoration: .restored))
    if case .undecidable = settlement { try run.ends(6) } else { try run.ends(5) }
  }

  @Test(
    "guarantee 6: an undo that is owed, or a cluster that differs, needs a person",
    arguments: [
      (UndoOutcome.owed(reason: "unreachable"), Restoration.restored, 6),
      (.undone, .differs(["missing: n3"]), 6), (.undone, .unknown(reason: "nobody answers"), 6),
      (.nothingToUndo(why: "it never came"), .restored, 5),
    ])
  func owed(_ outcome: UndoOutcome, _ restoration: Restoration, _ exit: Int) throws {
    var run = try machine()
    try run.start("first")
    try run.finish("first", .failed(reason: "no"))
    try run.apply(.unwinding(reason: "no"))
    try run.undoes("first", outcome)
    try run.apply(.compared(restoration: restoration))
    try run.ends(exit)
    let summary = run.summary(exit: exit == 5 ? .rolledBack : .needsPerson, run: RunID("r"))
    #expect(summary.owed.isEmpty == (exit == 5))
  }

  @Test func anOwedUndoDoesNotKeepTheOthersFromBeingDone() throws {
    var run = try machine()
    try run.does("first", "second", "third")
    try run.start("check")
    try run.finish("check", .failed(reason: "no"))
    try run.apply(.unwinding(reason: "no"))
    try run.undoes("third", .owed(reason: "unreachable"))
    try run.undoes("first")
  }

  @Test func anInterruptionStartsNothingMore() throws {
    var run = try machine()
    try run.apply(.interrupted(reason: "SIGINT"))
    #expect(run.actions == [.end(exit: 7)])
    #expect(throws: IllegalEvent.self) { try run.start("first") }
    // Whoever takes it up again means it to go on.
    try run.apply(.resumed(by: "me"))
    try run.does("first")
    try run.start("second")
    try run.apply(.interrupted(reason: "SIGINT"))
    #expect(run.actions == [], "what is in flight ends first")
    try run.finish("second")
    #expect(run.actions == [.unwind(reason: "SIGINT")])
  }

  @Test("guarantee 5: an undo that was cut off is due again, and the journal of that can be read again")
  func undoCutOff() throws {
    var run = try machine()
    try run.start("first")
    try run.finish("first", .failed(reason: "no"))
    try run.apply(.unwinding(reason: "no"))
    try run.apply(.undoIntended(task: key("first"), node: NodeName("n2"), command: "true", attempt: 1))
    #expect(run.undoSentTo[key("first")] == NodeName("n2"))
    try run.apply(.resumed(by: "me"))
    try run.undoes("first")
    #expect(run.undoAttempts[key("first")] == 2)
  }

  @Test func aConditionIsDecidedAtItsTurn() throws {
    let steps = """
      act:
        act: Something
        at: n1
        run: "true"
        rollback: { run: "true" }
      late:
        act: Perhaps
        when: $cluster.healthy
        at: n1
        run: "true"
        rollback: { run: "true" }
      """
    for runs in [true, false] {
      var run = try machine(steps)
      try run.does("act")
      #expect(run.actions == [.decide(StepID("late"))])
      try run.apply(.decided(step: StepID("late"), runs: runs))
      if runs { try run.does("late") }
      try run.ends(0)
    }
  }

  @Test func aStepForEachOfNobodyIsPassed() throws {
    var run = try machine(
      """
      nobody:
        diagnose: Everyone but everyone
        at: n1
        each: { peer: members - n1 }
        run: echo ${peer.name}
      after:
        diagnose: After it
        at: n1
        run: "true"
      """)
    #expect(run.actions.count == 2)
    var plan = run.plan
    plan.steps[0].tasks = []
    run = RunMachine(plan: plan)
    try run.does("after")
    try run.ends(0)
  }

  @Test func independentStepsMayStartTogether() throws {
    let run = try machine(
      """
      a: { diagnose: A, at: n1, run: "true" }
      b: { diagnose: B, needs: [], at: n2, run: "true" }
      c: { diagnose: C, needs: [a, b], at: n3, run: "true" }
      """)
    #expect(run.actions == [.start(key("a")), .start(key("b"))])
  }

  @Test("guarantee 2: an event that cannot follow is refused and changes nothing")
  func illegal() throws {
    let output = TaskOutput()
    let never: [RunEvent] = [
      .intended(task: key("second"), node: nil, command: "", attempt: 1),
      .intended(task: key("nowhere"), node: nil, command: "", attempt: 1),
      .intended(task: TaskKey(StepID("first"), 7), node: nil, command: "", attempt: 1),
      .finished(task: key("first"), outcome: .done, output: output),
      .settled(task: key("first"), as: .done(how: "")),
      .undoIntended(task: key("first"), node: nil, command: "", attempt: 1),
      .undoFinished(task: key("first"), outcome: .undone, output: output),
      .decided(step: StepID("nowhere"), runs: true),
      .compared(restoration: .restored),
      .ended(exit: 0, summary: RunSummary(happened: "")),
    ]
    for event in never {
      var run = try machine()
      #expect(throws: IllegalEvent.self, "\(event)") { try run.apply(event) }
      #expect(run.actions == [.start(key("first"))])
    }
    var run = try machine()
    try run.start("first")
    #expect(throws: IllegalEvent.self) { try run.start("first") }
    #expect(throws: IllegalEvent.self) { try run.apply(.unwinding(reason: "while it runs")) }
    try run.finish("first", .unknown(reason: "lost"))
    #expect(throws: IllegalEvent.self) { try run.apply(.unwinding(reason: "while nobody knows")) }
    #expect(throws: IllegalEvent.self) { try run.finish("first") }
    try run.apply(.settled(task: key("first"), as: .failed(reason: "no")))
    try run.apply(.unwinding(reason: "no"))
    #expect(throws: IllegalEvent.self, "nothing is started on the way back") { try run.start("second") }
    #expect(throws: IllegalEvent.self) { try run.apply(.unwinding(reason: "twice")) }
  }
}
