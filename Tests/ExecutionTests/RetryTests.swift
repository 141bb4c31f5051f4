import Execution
import Model
import Planning
import Synchronization
import TestSupport
import Testing
import Transport

/// Acts that failed without effect are tried again; whatever may have had an effect is not.
@Suite struct RetryTests {
  /// Fails until it has been tried `tries` times; every try leaves a line.
  private func steps(tries: Int, _ permission: String) -> String {
    """
    one:
      act: One
      at: n1
      run: |
        echo one >> ${node.home}/acts
        [ $(wc -l < ${node.home}/acts) -ge \(tries) ]
      \(permission)
      retries: 2
      every: 1ms
      rollback: { run: "echo undo-one >> ${node.home}/acts" }
    """
  }

  private func retries(_ bench: Bench) throws -> [Bool] {
    try bench.events().compactMap { if case .retried(_, let again, _) = $0 { again } else { nil } }
  }

  @Test func anIdempotentActIsTriedUntilItWorks() async throws {
    let bench = try Bench(steps(tries: 3, "idempotent: true"))
    #expect(try await bench.start(bench.transport()) == .done)
    #expect(bench.acts() == ["one", "one", "one"])
    #expect(try retries(bench) == [true, true])
  }

  @Test func itIsTriedOnlySoOften() async throws {
    let bench = try Bench(steps(tries: 9, "idempotent: true"))
    #expect(try await bench.start(bench.transport()) == .rolledBack)
    #expect(bench.acts() == ["one", "one", "one", "undo-one"])
  }

  @Test func whatTheClusterShowsNothingOfIsTriedAgain() async throws {
    let bench = try Bench(steps(tries: 2, #"landed: $cluster.members | any(.name == "n9")"#))
    #expect(try await bench.start(bench.transport()) == .done)
    #expect(bench.acts() == ["one", "one"])
  }

  @Test func whatTheClusterShowsIsNot() async throws {
    let bench = try Bench(steps(tries: 2, #"landed: $cluster.members | any(.name == "n1")"#))
    #expect(try await bench.start(bench.transport()) == .rolledBack)
    #expect(bench.acts() == ["one", "undo-one"])
    #expect(try retries(bench) == [false])
  }

  @Test func anOutcomeThatGotLostIsSettledBeforeAnythingIsTriedAgain() async throws {
    let bench = try Bench(steps(tries: 2, "idempotent: true"))
    let transport = bench.transport { request in request.runs("one.0") ? .loseAnswer : .none }
    #expect(try await bench.start(transport) == .done)
    #expect(bench.acts() == ["one", "one"])
    let settled = try bench.events().contains { if case .settled(_, .failed, _) = $0 { true } else { false } }
    #expect(settled)
  }

  @Test func nothingIsTriedAgainWhileNobodyKnowsHowAnotherActEnded() async throws {
    let bench = try Bench(
      steps(tries: 2, "idempotent: true").replacing("every: 1ms", with: "every: 500ms") + """

        two: { act: Two, needs: [], at: n2, run: "sleep 0.2; echo two >> ${node.home}/acts", rollback: none, because: x }
        """)
    let transport = bench.transport { request in
      if request.runs("two.0") { return .loseAnswer }
      // It is still being asked for when the other's pause is over.
      if request.command.contains("'ask'") { try? await Task.sleep(for: .seconds(1)) }
      return .none
    }
    #expect(try await bench.start(transport) == .done)
    #expect(bench.acts() == ["one", "one"])
    let kinds = try bench.events().compactMap { event in
      switch event {
      case .settled: "settled"
      case .retried: "retried"
      default: nil
      }
    }
    #expect(kinds == ["settled", "retried"])
  }

  /// Whoever keeps the receipt is killed, so that nobody ever knows how the act ended.
  @Test(arguments: [("retries: 2", ExitCode.done, ["one", "one"]), ("", .needsPerson, ["one", "undo-one"])])
  func anOutcomeThatNobodySawIsTriedAgainIfTwiceIsAsGood(
    retries: String, exit: ExitCode, acts: [String]
  ) async throws {
    let bench = try Bench(
      """
      one:
        act: One
        at: n1
        run: |
          echo one >> ${node.home}/acts
          [ $(wc -l < ${node.home}/acts) -ge 2 ] || kill -9 $(cut -d ' ' -f 4 /proc/$PPID/stat)
        idempotent: true
        \(retries)
        rollback: { run: "echo undo-one >> ${node.home}/acts" }
      """)
    #expect(try await bench.start(bench.transport()) == exit)
    #expect(bench.acts() == acts)
  }

  @Test func anInterruptedRunTriesNothingAgain() async throws {
    let bench = try Bench(steps(tries: 9, "idempotent: true").replacing("every: 1ms", with: "every: 1m"))
    let runner = Mutex<Runner?>(nil)
    let transport = bench.transport { request in
      if request.runs("one.0") { await runner.withLock(\.self)?.interrupt("enough") }
      return .none
    }
    #expect(try await bench.start(transport) { begun in runner.withLock { $0 = begun } } == .rolledBack)
    #expect(bench.acts() == ["one", "undo-one"])
  }

  @Test func aRehearsedFailureIsSeenThrough() async throws {
    let bench = try Bench(steps(tries: 1, "idempotent: true"))
    let rehearsal = Rehearsal(step: StepID("one"), moment: .at)
    #expect(try await bench.start(bench.transport(), rehearsal: rehearsal) == .rolledBack)
    #expect(bench.acts() == ["one", "undo-one"])
  }
}
