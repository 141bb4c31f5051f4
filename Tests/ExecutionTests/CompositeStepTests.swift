import Execution
import Model
import Planning
import TestSupport
import Testing

/// Loops, calls, batches and tolerated failures, from the runbook's text to what its nodes saw.
@Suite struct CompositeStepTests {
  private func order(_ bench: Bench) throws -> [String] {
    try bench.events().compactMap {
      if case .intended(let task, _, _, _) = $0 { task.step.rawValue } else { nil }
    }
  }

  private static let loop = """
    rolling:
      for: { member: members }
      steps:
        ask:
          diagnose: Ask it
          at: ${member}
          run: echo ${member.name}-said
          out: { word: . }
        act:
          act: Act on ${member.name}
          at: n1
          run: echo ${steps.ask.word} >> ${here.home}/acts
          rollback: { run: "echo undo-${member.name} >> ${here.home}/acts" }
        seen:
          verify: It is there
          at: n1
          run: grep -qx ${member.name}-said ${here.home}/acts
    after: { verify: After all of them, at: n1, run: "true" }
    """

  @Test func aLoopRunsItsStepsForOneNodeAfterTheOther() async throws {
    let bench = try Bench(Self.loop)
    #expect(try await bench.start(bench.transport()) == .done)
    #expect(bench.acts() == ["n1-said", "n2-said", "n3-said"])
    let steps = ["n1", "n2", "n3"].flatMap { node in ["ask", "act", "seen"].map { "rolling.\(node).\($0)" } }
    #expect(try order(bench) == steps + ["after"])
  }

  @Test("guarantee 6: a loop that fails half-way is undone in reverse")
  func aLoopIsUndone() async throws {
    let bench = try Bench(
      Self.loop.replacing("grep -qx ${member.name}-said", with: "sh -c '! grep -qx n2-said $0'"))
    #expect(try await bench.start(bench.transport()) == .rolledBack)
    #expect(bench.acts() == ["n1-said", "n2-said", "undo-n2", "undo-n1"])
  }

  @Test func aLoopInBatchesRunsEachBatchTogether() throws {
    let plan = try Bench(Self.loop.replacing("  steps:", with: "  serial: [1, 50%]\n  steps:")).plan()
    let needs = Dictionary(
      uniqueKeysWithValues: plan.steps.map { ($0.id.rawValue, $0.needs.map(\.rawValue)) })
    #expect(needs["rolling.n1.ask"] == [])
    #expect(needs["rolling.n2.ask"] == ["rolling.n1.seen"])
    #expect(needs["rolling.n3.ask"] == ["rolling.n2.seen"], "half of three is one")
    let whole = try Bench(Self.loop.replacing("  steps:", with: "  serial: 100%\n  steps:")).plan()
    #expect(whole.step(StepID("rolling.n3.ask"))?.needs == [])
    #expect(
      whole.step(StepID("after"))?.needs.map(\.rawValue) == ["n1", "n2", "n3"].map { "rolling.\($0).seen" })
  }

  @Test func aLoopOverNobodyIsNothing() async throws {
    let bench = try Bench(Self.loop.replacing("member: members", with: "member: spares"))
    #expect(try await bench.start(bench.transport()) == .done)
    #expect(try order(bench) == ["after"])
  }

  @Test func aLoopThatIsSkippedIsSkippedWhole() async throws {
    let bench = try Bench(Self.loop.replacing("  steps:", with: "  when: $before.term > 5\n  steps:"))
    #expect(try await bench.start(bench.transport()) == .done)
    #expect(try order(bench) == ["after"])
    #expect(try bench.plan().steps.filter(\.isSkipped).count == 9)
  }

  @Test func loopsNest() async throws {
    let bench = try Bench(
      """
      outer:
        for: { a: members - n3 }
        steps:
          inner:
            for: { b: "members - ${a}" }
            steps:
              act:
                act: Act
                at: n1
                run: echo ${a.name}-${b.name} >> ${here.home}/acts
                rollback: none
                because: it is a test
      """)
    #expect(try await bench.start(bench.transport()) == .done)
    #expect(bench.acts() == ["n1-n2", "n1-n3", "n2-n1", "n2-n3"])
  }

  // MARK: Calls

  private static let callee = """
    summary: It writes a word and says what it wrote.
    inputs:
      target: { type: node }
      word: { type: string, default: usual }
      times: { type: int, default: 1 }
    steps:
      write:
        act: Write ${word}
        at: ${target}
        run: for i in $(seq ${times}); do echo ${word} >> ${target.home}/acts; done
        rollback: { run: "echo undo-${word} >> ${target.home}/acts" }
      read:
        diagnose: Read it
        at: ${target}
        run: tail -n 1 ${target.home}/acts
        out: { last: . }
    """

  private static let caller = """
    first:
      use: mini/write
      with: { target: n1 }
    second:
      use: mini/write
      with: { target: n1, word: "x ${before.leader}", times: 2 }
      out: { last: $steps.read.last }
    check: { verify: It gave its result back, at: n1, run: "[ ${steps.second.last} = 'x n1' ]" }
    """

  @Test func aCalledRunbookTakesInputsAndGivesResultsBack() async throws {
    let bench = try Bench(Self.caller, library: ["mini/write": Self.callee])
    #expect(try await bench.start(bench.transport()) == .done)
    #expect(bench.acts() == ["usual", "x n1", "x n1"])
    #expect(
      try order(bench) == ["first.write", "first.read", "second.write", "second.read", "second", "check"])
  }

  @Test("guarantee 6: what a called runbook did is undone with the rest")
  func aCallIsUndone() async throws {
    let bench = try Bench(
      Self.caller.replacing("= 'x n1'", with: "= y"), library: ["mini/write": Self.callee])
    #expect(try await bench.start(bench.transport()) == .rolledBack)
    #expect(bench.acts() == ["usual", "x n1", "x n1", "undo-x n1", "undo-usual"])
  }

  @Test func aCallInALoopSeesItsNode() async throws {
    let bench = try Bench(
      """
      each:
        for: { member: members }
        steps:
          write: { use: mini/write, with: { target: "${member}", word: "${member.name}" } }
      """, library: ["mini/write": Self.callee])
    #expect(try await bench.start(bench.transport()) == .done)
    #expect(["n1", "n2", "n3"].allSatisfy { bench.acts(on: $0) == [$0] })
  }

  // MARK: Batches and tolerance

  private func many(_ extra: String) -> String {
    """
    many:
      act: Many
      at: members
      run: |
        echo ${here.name} >> ${here.home}/acts
        [ ! -e ${here.home}/bad ]
      \(extra)
      rollback: { run: "echo undo >> ${here.home}/acts" }
    """
  }

  private func bad(_ bench: Bench, _ nodes: String...) async throws {
    for node in nodes { _ = try await bench.machines[NodeName(node)]?.run("touch bad") }
  }

  @Test func aBatchWaitsForTheOneBefore() async throws {
    let bench = try Bench(many("serial: [1, 2]"))
    #expect(try await bench.start(bench.transport()) == .done)
    let story = try bench.events().compactMap { event -> String? in
      switch event {
      case .intended(let task, _, _, _): "start \(task.index)"
      case .finished(let task, _, _): "end \(task.index)"
      default: nil
      }
    }
    #expect(story.prefix(2) == ["start 0", "end 0"])
    #expect(Set(story.suffix(4)) == ["start 1", "start 2", "end 1", "end 2"])
  }

  @Test func afterAFailedBatchNoOtherStarts() async throws {
    let bench = try Bench(many("serial: 1"))
    try await bad(bench, "n2")
    #expect(try await bench.start(bench.transport()) == .rolledBack)
    #expect(bench.acts() == ["n1", "undo"])
    #expect(bench.acts(on: "n2") == ["n2", "undo"])
    #expect(bench.acts(on: "n3") == [])
  }

  @Test func aToleratedFailureIsUndoneWhereItHappened() async throws {
    let bench = try Bench(many("serial: 1\n  max_failures: 1"))
    try await bad(bench, "n2")
    #expect(try await bench.start(bench.transport()) == .done)
    #expect(bench.acts() == ["n1"])
    #expect(bench.acts(on: "n2") == ["n2", "undo"])
    #expect(bench.acts(on: "n3") == ["n3"])
    let summary = try bench.replay().machine.summary(exit: .done, run: bench.run)
    #expect(summary.happened.contains("tolerated: many.1: exit status 1"), "\(summary.happened)")
  }

  @Test func oneFailureTooManyUnwindsAll() async throws {
    let bench = try Bench(many("max_failures: 34%"))
    try await bad(bench, "n1", "n3")
    #expect(try await bench.start(bench.transport()) == .rolledBack)
    #expect(bench.acts() == ["n1", "undo"] && bench.acts(on: "n3") == ["n3", "undo"])
    #expect(bench.acts(on: "n2") == ["n2", "undo"])
  }

  @Test func anUndoThatIsOwedIsNotTolerated() async throws {
    let bench = try Bench(many("max_failures: 1").replacing("echo undo >>", with: "exit 1; echo >>"))
    try await bad(bench, "n2")
    #expect(try await bench.start(bench.transport()) == .needsPerson)
  }

  @Test func aCheckMayFailOnSomeNodes() async throws {
    let bench = try Bench(
      "most: { diagnose: Most are good, at: members, run: \"[ ! -e ${here.home}/bad ]\", max_failures: 1 }")
    try await bad(bench, "n3")
    #expect(try await bench.start(bench.transport()) == .done)
  }

  // MARK: Progress

  @Test func aPollThatMakesNoHeadwayIsGivenUp() async throws {
    let bench = try Bench(
      """
      lag:
        verify: It catches up
        at: n1
        run: |
          echo x >> ${here.home}/asked
          n=$(wc -l < ${here.home}/asked)
          [ $n -lt 4 ] && echo $((10 - n)) || echo 7
        parse: json
        expect: . == 0
        within: 10m
        every: 10ms
        progress: .
        stalled: 100ms
      """)
    #expect(try await bench.start(bench.transport()) == .refused)
    let summary = try bench.replay().machine.summary(exit: .refused, run: bench.run)
    #expect(summary.happened.contains("stuck: 7 left, and no less for"), "\(summary.happened)")
  }

  @Test func headwayIsEveryNewLeast() {
    var headway = Headway(patience: .seconds(10))
    let start = ContinuousClock().now
    func stall(_ left: Double?, _ seconds: Int) -> Bool {
      headway.stall(left: left, at: start + .seconds(seconds)) != nil
    }
    #expect(!stall(nil, 0) && !stall(100, 5) && !stall(100, 14) && !stall(99, 14) && !stall(150, 23))
    #expect(stall(99, 24), "it went up and came back: no headway for ten seconds")
    #expect(!stall(98, 25))
    #expect(stall(nil, 35))
  }
}
