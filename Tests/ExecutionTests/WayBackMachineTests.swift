import Execution
import Model
import Planning
import Testing

/// Three acts, of which the second has no way back, and a verification.
private let chain = """
  first: { act: First, at: n1, run: "true", rollback: { run: "true" } }
  second: { act: Second, at: n1, run: "true", rollback: none, because: it is a test }
  third: { act: Third, at: n1, run: "true", rollback: { run: "true" } }
  check: { verify: Check, at: n1, run: "true", expect: "true" }
  """

private func key(_ step: String) -> TaskKey { TaskKey(StepID(step), 0) }

private func machine(after done: String...) throws -> RunMachine {
  var run = RunMachine(plan: try Bench.planner(chain).plan(PlanningFacts(observation: Bench.observation)))
  for step in done {
    try run.start(step)
    try run.apply(.finished(task: key(step), outcome: .done, output: TaskOutput()))
  }
  return run
}

extension RunMachine {
  fileprivate mutating func start(_ step: String) throws {
    try apply(.intended(task: key(step), node: NodeName("n1"), command: "true", attempt: 1))
  }

  fileprivate mutating func end(_ exit: Int) throws {
    #expect(actions == [.end(exit: exit)])
    try apply(.ended(exit: exit, summary: RunSummary(happened: "")))
  }

  fileprivate mutating func reopen() throws { try apply(.reopened(by: "ann", why: "ann asked for it")) }

  fileprivate mutating func undo(_ steps: (String, UndoOutcome)...) throws {
    for (step, outcome) in steps {
      #expect(actions == [.undo(key(step))])
      try apply(.undoIntended(task: key(step), node: NodeName("n1"), command: "u", attempt: 1))
      try apply(.undoFinished(task: key(step), outcome: outcome, output: TaskOutput()))
    }
  }

  /// Everything was done and verified, and the run has ended.
  fileprivate static func finished() throws -> RunMachine {
    var run = try machine(after: "first", "second", "third", "check")
    try run.end(0)
    return run
  }

  /// The check failed, and the undo of the third act could not be done.
  fileprivate static func owing() throws -> RunMachine {
    var run = try machine(after: "first", "second", "third")
    try run.start("check")
    try run.apply(.finished(task: key("check"), outcome: .failed(reason: "no"), output: TaskOutput()))
    try run.apply(.unwinding(reason: "no"))
    try run.undo(("third", .owed(reason: "unreachable")), ("first", .undone))
    try run.apply(.compared(restoration: .differs(["left over: n4"])))
    try run.end(6)
    return run
  }

  /// Nobody can say whether the third act happened.
  fileprivate static func undecidable() throws -> RunMachine {
    var run = try machine(after: "first", "second")
    try run.start("third")
    try run.apply(
      .finished(task: key("third"), outcome: .unknown(reason: "lost"), output: TaskOutput()))
    try run.apply(.settled(task: key("third"), as: .undecidable(reason: "rebooted")))
    return run
  }
}

/// Runs that are taken up again to be undone, stopped to be kept, and settled by a person.
@Suite struct WayBackMachineTests {
  @Test("guarantee 6: a run that ended well is undone later, with an end of its own")
  func finished() throws {
    var run = try RunMachine.finished()
    try run.reopen()
    #expect(run.hasEndedWell)
    #expect(run.actions == [.unwind(reason: "ann asked for it")])
    try run.apply(.unwinding(reason: "ann asked for it"))
    // The second has no way back.
    try run.undo(("third", .undone), ("first", .undone))
    #expect(run.actions == [.compare])
    try run.apply(.compared(restoration: .restored))
    try run.end(5)
    #expect(
      run.summary(exit: .rolledBack, run: RunID("r")).happened
        == "rolled back: ann asked for it; second, which has no way back, stays done")
    #expect(throws: IllegalEvent.self, "nothing is left to undo") { try run.reopen() }
  }

  @Test("guarantee 6: what is owed is due again, and what is undone is not undone twice")
  func owing() throws {
    var run = try RunMachine.owing()
    #expect(run.debts.map(\.kind) == [.undo, .irreversible, .cluster])
    #expect(run.debts[0].node == NodeName("n1") && run.debts[0].command == "u")
    try run.reopen()
    try run.apply(.unwinding(reason: "ann asked for it"))
    try run.undo(("third", .undone))
    try run.apply(.compared(restoration: .restored))
    try run.end(5)
    #expect(run.owed.isEmpty && !run.isOwing)
  }

  @Test func owedTwiceItIsStillOwedAndMayBeTriedAgain() throws {
    var run = try RunMachine.owing()
    for attempt in 2...3 {
      try run.reopen()
      try run.apply(.unwinding(reason: "again"))
      try run.undo(("third", .owed(reason: "still unreachable")))
      try run.apply(.compared(restoration: .unknown(reason: "nobody answers")))
      try run.end(6)
      #expect(run.undoAttempts[key("third")] == attempt)
    }
    let summary = run.summary(exit: .needsPerson, run: RunID("r"))
    #expect(summary.owed.contains("undo of third: still unreachable"))
    #expect(summary.owed.contains("the cluster could not be compared with before: nobody answers"))
    #expect(summary.next == "belay rollback r")
  }

  @Test func anOutcomeThatNobodyKnewIsAskedForAgain() throws {
    var run = try RunMachine.undecidable()
    try run.apply(.unwinding(reason: "third"))
    try run.undo(("third", .owed(reason: "x")), ("first", .undone))
    try run.apply(.compared(restoration: .restored))
    try run.end(6)
    try run.reopen()
    #expect(run.actions == [.settle(key("third"))])
    try run.apply(.settled(task: key("third"), as: .without(effect: "its receipt says so")))
    try run.apply(.unwinding(reason: "again"))
    #expect(run.actions == [.compare])
  }

  @Test("a run that was left half done goes back too, and then only back, whoever takes it up")
  func halfDone() throws {
    var run = try machine(after: "first")
    try run.start("second")
    try run.reopen()
    #expect(run.actions == [], "its outcome is found out first")
    try run.apply(
      .finished(task: key("second"), outcome: .unknown(reason: "belay ended"), output: TaskOutput()))
    try run.apply(.settled(task: key("second"), as: .neverStarted))
    try run.apply(.resumed(by: "bob"))
    #expect(run.actions == [.unwind(reason: "ann asked for it")])
    try run.apply(.unwinding(reason: "ann asked for it"))
    try run.apply(.undoIntended(task: key("first"), node: nil, command: "u", attempt: 1))
    // Cut off, and asked for anew.
    try run.reopen()
    try run.apply(.unwinding(reason: "ann asked for it"))
    try run.undo(("first", .undone))
  }

  @Test func whatChangedNothingOrIsUndoneIsNotReopened() throws {
    var fresh = try machine()
    #expect(throws: IllegalEvent.self) { try fresh.reopen() }
    try fresh.apply(.finished(task: key("first"), outcome: .refused(reason: "no"), output: TaskOutput()))
    try fresh.end(4)
    #expect(throws: IllegalEvent.self) { try fresh.reopen() }
    #expect(fresh.phase == .ended(exit: 4) && fresh.reopening == nil)
    var done = try RunMachine.finished()
    for event in [
      RunEvent.resumed(by: "x"), .interrupted(reason: "x"), .paused(reason: "x"), .unwinding(reason: "x"),
    ] {
      #expect(throws: IllegalEvent.self, "\(event)") { try done.apply(event) }
    }
  }

  @Test func aRunThatIsStoppedToBeKeptStartsNothingAndUndoesNothing() throws {
    var run = try machine(after: "first")
    try run.start("second")
    try run.apply(.paused(reason: "Ctrl-C"))
    #expect(run.actions == [])
    try run.apply(.finished(task: key("second"), outcome: .done, output: TaskOutput()))
    #expect(run.actions == [.end(exit: 7)])
    #expect(throws: IllegalEvent.self) { try run.start("third") }
    #expect(run.summary(exit: .interrupted, run: RunID("r")).next == "belay resume r, or belay rollback r")
    try run.apply(.resumed(by: "me"))
    #expect(run.actions == [.start(key("third"))])
  }

  @Test func theWayBackStopsWhereItIsToo() throws {
    var run = try RunMachine.finished()
    try run.reopen()
    try run.apply(.unwinding(reason: "ann asked for it"))
    try run.apply(.undoIntended(task: key("third"), node: nil, command: "u", attempt: 1))
    try run.apply(.paused(reason: "Ctrl-C"))
    #expect(run.actions == [])
    try run.apply(.undoFinished(task: key("third"), outcome: .undone, output: TaskOutput()))
    #expect(run.actions == [.end(exit: 7)])
    try run.apply(.resumed(by: "me"))
    try run.undo(("first", .undone))
  }

  @Test(
    "guarantee 4: a person's decision settles what nothing else can, and nothing else",
    arguments: [
      (Ruling.done, [RunAction.start(key("check"))]),
      (.failed, [.unwind(reason: "third: ann says so: I looked")]),
      (.never, [.start(key("third"))]),
    ])
  func ruling(_ ruling: Ruling, _ next: [RunAction]) throws {
    let word = RunEvent.ruled(task: key("third"), as: ruling, by: "ann", because: "I looked")
    var run = try RunMachine.undecidable()
    try run.apply(word)
    #expect(run.actions == next)
    #expect(throws: IllegalEvent.self, "once") { try run.apply(word) }
    for known in [try machine(after: "first", "second", "third"), try machine(after: "first")] {
      var run = known
      #expect(throws: IllegalEvent.self) { try run.apply(word) }
    }
  }

  @Test func onTheWayBackWhatNeverHappenedIsNotUndone() throws {
    for (ruling, undos) in [(Ruling.never, ["first"]), (.done, ["third", "first"])] {
      var run = try RunMachine.undecidable()
      try run.apply(.unwinding(reason: "third"))
      try run.apply(.ruled(task: key("third"), as: ruling, by: "ann", because: "I looked"))
      for step in undos { try run.undo((step, .undone)) }
      try run.apply(.compared(restoration: .restored))
      try run.end(5)
    }
  }
}
