import Execution
import Journal
import Model
import Planning
import Platform
import Synchronization
import TestSupport
import Testing
import Transport

/// Two acts that write down what they did, a file, and a verification.
private let steps = """
  one:
    act: One
    at: n1
    run: echo one >> ${node.home}/acts
    rollback: { run: "echo undo-one >> ${node.home}/acts" }
  two:
    act: Two
    at: n1
    effect: { stop: n3 }
    run: echo two >> ${node.home}/acts
    rollback: { effect: { start: n3 }, run: "echo undo-two >> ${node.home}/acts" }
  file:
    act: File
    at: n2
    file: { path: "${node.home}/f", content: "new" }
  check:
    verify: Check
    at: n1
    run: "true"
    expect: "true"
  """

private func failing(_ steps: String) -> String {
  steps.replacing(#"run: "true""#, with: #"run: "false""#)
}

private func failed(_ status: Int = 1) -> FakeTransport.Interference {
  .answer(CommandResult(exit: .status(status)))
}

@Suite struct RunnerTests {
  @Test func success() async throws {
    let bench = try Bench(steps)
    #expect(try await bench.start(bench.transport()) == .done)
    #expect(bench.acts() == ["one", "two"])
    #expect(bench.machines[NodeName("n2")]?.text("f") == "new")
    let replay = try bench.replay()
    #expect(replay.machine.phase == .ended(exit: 0))
    let guarded = replay.events.compactMap {
      if case .guarded(_, _, let verdict) = $0.event { verdict } else { nil }
    }
    #expect(guarded.map(\.decision) == [.allow])
    // Nothing is left on the nodes of a run that has ended well.
    for machine in bench.machines.values {
      let left = try await machine.run("ls -A . .local/state/belay/receipts 2>/dev/null").stdout.text
      #expect(!left.contains("run-1") && !left.contains("belay-before"), "\(left)")
    }
  }

  @Test("guarantee 1: an act's intent is on disk before its node hears of it")
  func intentFirst() async throws {
    let bench = try Bench(failing(steps))
    let path = bench.journalPath
    let checked = Mutex(0)
    let transport = bench.transport { request in
      guard request.isAct else { return .none }
      let records = (try? JournalReader.read(path).records) ?? []
      let isThere = records.contains { record in
        guard let step = record.data["task"]?["step"]?.stringValue else { return false }
        let attempt = record.data["attempt"]?.intValue ?? 0
        return record.kind == "intended" && request.runs("\(step).0")
          || record.kind == "undo-intended" && request.runs("\(step).0.undo.\(attempt)")
      }
      #expect(isThere, "\(request.command.suffix(120))")
      checked.withLock { $0 += 1 }
      return .none
    }
    #expect(try await bench.start(transport) == .rolledBack)
    #expect(checked.withLock { $0 } == 6, "three acts and their undos")
  }

  @Test("guarantee 6: a failed verification is undone in reverse, and the file is as it was")
  func wayBack() async throws {
    let bench = try Bench(failing(steps))
    let machine = try #require(bench.machines[NodeName("n2")])
    _ = try await machine.run("printf old > f; chmod 600 f")
    #expect(try await bench.start(bench.transport()) == .rolledBack)
    #expect(bench.acts() == ["one", "two", "undo-two", "undo-one"])
    #expect(try await machine.run("cat f; stat -c %a f").stdout.text == "old600\n")
    let undone = try bench.events().compactMap {
      if case .undoFinished(let task, .undone, _) = $0 { task.step.rawValue } else { nil }
    }
    #expect(undone == ["file", "two", "one"])
  }

  @Test("guarantee 8: what the guard refuses is not started; what was done before is undone")
  func guardRefusal() async throws {
    let bench = try Bench(steps)
    // It was healthy when the plan was made.
    try bench.show(on: NodeName("n2"), unhealthy: [NodeName("n2")])
    let transport = bench.transport { request in
      // It recovers while belay goes the way back.
      if request.runs("one.0.undo.1") { try? bench.show(on: NodeName("n2")) }
      return .none
    }
    #expect(try await bench.start(transport) == .rolledBack)
    #expect(bench.acts() == ["one", "undo-one"])
    let verdicts = try bench.events().compactMap {
      if case .guarded(_, false, let verdict) = $0 { verdict.decision } else { nil }
    }
    #expect(verdicts == [.refuse])
  }

  @Test("guarantee 8: refused before any act changes nothing")
  func firstActRefused() async throws {
    let bench = try Bench(
      """
      stop: { act: Stop, at: n1, effect: { stop: n3 }, run: "echo x >> ${node.home}/acts", rollback: { run: "true" } }
      """)
    try bench.show(on: NodeName("n2"), unhealthy: [NodeName("n2")])
    let transport = bench.transport()
    #expect(try await bench.start(transport) == .refused)
    #expect(!transport.requests.contains { $0.isAct })
  }

  private static let restarts = """
    one: { act: R, at: n2, effect: { restart: n2 }, run: "true", rollback: { effect: { restart: n2 }, run: "echo undo-one >> ${node.home}/acts" } }
    two: { act: R, at: n3, effect: { restart: n3 }, run: "true", rollback: { effect: { restart: n3 }, run: "true" } }
    check: { verify: V, at: n1, run: "false", expect: "true" }
    """

  @Test(
    "a guard that refuses an undo because a member is just starting is asked again", arguments: [true, false])
  func memberThatIsStarting(isBackSoon: Bool) async throws {
    let bench = try Bench(Self.restarts)
    let looks = Mutex(0)
    let transport = bench.transport { request in
      if request.runs("two.0.undo.1") {
        looks.withLock { $0 = 1 }
        for name in Bench.names { try? bench.show(on: name, unhealthy: [NodeName("n3")]) }
      } else if request.isLook {
        let count = looks.withLock { looks in
          if looks > 0 { looks += 1 }
          return looks
        }
        // One look at three nodes found it starting.
        if isBackSoon, count > 4 { for name in Bench.names { try? bench.show(on: name) } }
      }
      return .none
    }
    #expect(try await bench.start(transport) == (isBackSoon ? .rolledBack : .needsPerson))
    #expect(bench.acts(on: "n2") == (isBackSoon ? ["undo-one"] : []))
    let owed = try bench.replay().machine.owed
    #expect(owed.map(\.task.step) == (isBackSoon ? [] : [StepID("one")]))
    #expect(owed.allSatisfy { $0.reason.contains("restart n2 is unsafe") })
    #expect(looks.withLock { $0 } < 40, "it is not waited for without end")
  }

  @Test("guarantee 6: an undo that cannot be done is owed, and a person is needed")
  func unreachableOnTheWayBack() async throws {
    let bench = try Bench(failing(steps))
    let transport = bench.transport { request in
      request.runs("two.0.undo.1") ? .refuse("no route to n1") : .none
    }
    #expect(try await bench.start(transport) == .needsPerson)
    // The others are undone all the same.
    #expect(bench.acts() == ["one", "two", "undo-one"])
    let replay = try bench.replay()
    #expect(replay.machine.owed.map(\.task.step) == [StepID("two")])
    let summary = replay.machine.summary(exit: .needsPerson, run: bench.run)
    #expect(summary.owed == ["undo of two: n1: no route to n1"])
  }

  @Test("guarantee 4: a lost answer is settled by the receipt, and the act is not run again")
  func lostAnswer() async throws {
    let bench = try Bench(steps)
    let transport = bench.transport {
      $0.runs("one.0") && $0.command.contains("echo one") ? .loseAnswer : .none
    }
    #expect(try await bench.start(transport) == .done)
    #expect(bench.acts() == ["one", "two"])
    let settled = try bench.events().contains { if case .settled(_, .done, _) = $0 { true } else { false } }
    #expect(settled)
  }

  @Test("guarantee 3: what never reached its node is started once more, and once only")
  func neverReached() async throws {
    let bench = try Bench(steps)
    let refused = Mutex(false)
    let transport = bench.transport { request in
      guard request.runs("one.0"), request.command.contains("echo one") else { return .none }
      let isFirst = refused.withLock { refused in
        defer { refused = true }
        return !refused
      }
      return isFirst ? .refuse("connection refused") : .none
    }
    #expect(try await bench.start(transport) == .done)
    #expect(bench.acts() == ["one", "two"])
    #expect(try bench.replay().machine.attempts[TaskKey(StepID("one"), 0)] == 2)
  }

  @Test("a node that keeps no receipts is not tried for ever, and nothing is run there")
  func noReceipts() async throws {
    let bench = try Bench(steps)
    _ = try await bench.machines[NodeName("n1")]?.run("mkdir .local; touch .local/state")
    #expect(try await bench.start(bench.transport()) == .rolledBack)
    #expect(bench.acts() == [])
    let machine = try bench.replay().machine
    #expect(machine.firstFailure?.contains("could not be started in 3 attempts") == true)
    #expect(machine.firstFailure?.contains("the receipt could not be kept") == true)
  }

  @Test func independentStepsRunTogether() async throws {
    let bench = try Bench(
      """
      a: { act: A, at: n1, run: "echo a >> ${node.home}/acts", rollback: { run: "true" } }
      b: { act: B, needs: [], at: n2, run: "echo b >> ${node.home}/acts", rollback: { run: "true" } }
      """)
    let meeting = Meeting(of: 2)
    let transport = bench.transport { request in
      if request.runs("a.0") || request.runs("b.0") { #expect(await meeting.join(), "nobody came") }
      return .none
    }
    #expect(try await bench.start(transport) == .done)
  }

  @Test("guarantee 8: of two changes of the membership one waits for the other")
  func oneChangeAtATime() async throws {
    let bench = try Bench(
      """
      a: { act: A, at: n1, effect: { stop: n2 }, run: "echo a >> ${node.home}/acts", rollback: { run: "true" } }
      a_again: { act: A again, at: n1, effect: { start: n2 }, run: "true", rollback: { run: "true" } }
      b: { act: B, needs: [], at: n1, effect: { stop: n3 }, run: "echo b >> ${node.home}/acts", rollback: { run: "true" } }
      """)
    let underWay = Mutex((now: 0, most: 0))
    let transport = bench.transport { request in
      guard request.isAct else { return .none }
      underWay.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
      try? await Task.sleep(for: .milliseconds(50))
      underWay.withLock { $0.now -= 1 }
      return .none
    }
    #expect(try await bench.start(transport) == .done)
    #expect(underWay.withLock { $0.most } == 1)
    // Each was judged on a look that was taken after the other had ended.
    let order = try bench.events().compactMap { event -> String? in
      switch event {
      case .observed: "look"
      case .guarded(let task, _, _): "guard \(task.step)"
      case .finished(let task, _, _): "end \(task.step)"
      default: nil
      }
    }
    let a = try #require(order.firstIndex(of: "end a"))
    let b = try #require(order.firstIndex(of: "guard b"))
    #expect(a < b ? order[a..<b].contains("look") : order[b..<a].contains("end b"), "\(order)")
  }

  @Test("guarantee 6: what was still being looked at when another act failed is not started on the way back")
  func lateStart() async throws {
    let bench = try Bench(
      """
      zero: { act: Zero, at: n1, run: "true", rollback: { run: "true" } }
      a: { act: A, needs: [zero], at: n1, run: "false", rollback: { run: "true" } }
      b: { act: B, needs: [zero], at: n1, effect: { stop: n3 }, run: "echo b >> ${node.home}/acts", rollback: { run: "true" } }
      """)
    let path = bench.journalPath
    let transport = bench.transport { request in
      // The look before b takes until a has failed.
      for _ in 0..<500 where request.isLook {
        let records = (try? JournalReader.read(path).records) ?? []
        if records.contains(where: { $0.kind == "finished" && $0.data["task"]?["step"] == "a" }) { break }
        try? await Task.sleep(for: .milliseconds(20))
      }
      return .none
    }
    #expect(try await bench.start(transport) == .rolledBack)
    #expect(bench.acts() == [])
    #expect(!transport.requests.contains { $0.runs("b.0") })
  }

  @Test func anInterruptionDuringTheLookStartsNothing() async throws {
    let bench = try Bench(steps)
    let runner = Mutex<Runner?>(nil)
    let transport = bench.transport { request in
      if request.isLook { await runner.withLock { $0 }?.interrupt("SIGINT") }
      return .none
    }
    let exit = try await bench.start(transport) { begun in runner.withLock { $0 = begun } }
    #expect(exit == .rolledBack)
    #expect(bench.acts() == ["one", "undo-one"])
    // Too late is too late: the run has ended, and its journal can still be read.
    await runner.withLock { $0 }?.interrupt("SIGINT")
    #expect(try bench.replay().machine.phase == .ended(exit: 5))
  }

  @Test("a rehearsed failure goes the way back", arguments: Rehearsal.Moment.allCases)
  func rehearsals(_ moment: Rehearsal.Moment) async throws {
    let bench = try Bench(steps)
    let exit = try await bench.start(
      bench.transport(), rehearsal: Rehearsal(step: StepID("two"), moment: moment))
    #expect(exit == .rolledBack)
    // One that failed before it ran is undone like one that failed halfway: nobody would know the difference.
    let two = moment == .before ? [] : ["two"]
    #expect(bench.acts() == ["one"] + two + ["undo-two", "undo-one"])
  }
}

/// Lets nobody pass before all have come, or the time is up.
private actor Meeting {
  private let size: Int
  private var present = 0

  init(of size: Int) { self.size = size }

  func join() async -> Bool {
    present += 1
    for _ in 0..<250 {
      if present >= size { return true }
      try? await Task.sleep(for: .milliseconds(20))
    }
    return false
  }
}
