@testable import Execution
import Journal
import Model
@testable import Planning
import Platform
import Synchronization
import TestSupport
import Testing
import Transport

extension Bench {
  /// Takes the run up to undo it, as `belay rollback` would.
  func goBack(
    _ transport: FakeTransport, storage: any JournalStorage = DiskStorage(),
    rulings: [TaskKey: PersonsWord] = [:], begun: @Sendable (Runner) -> Void = { _ in }
  ) async throws -> ExitCode {
    let (journal, contents) = try JournalWriter.open(journalPath, storage: storage)
    let replay = try RunLog.replay(contents.records)
    var world = try world(transport)
    world.rulings = rulings
    let runner = Runner(
      world: world, machine: replay.machine, outputs: replay.outputs, printed: replay.printed,
      journal: journal)
    begun(runner)
    await runner.reopen(by: "tester", why: "tester asked for it")
    return try await runner.run()
  }

  /// What `belay rollback --plan` would show.
  func wayBack(_ transport: FakeTransport) async throws -> RollbackPlan {
    let replay = try replay()
    var files: [TaskKey: RemoteFile.LookResult] = [:]
    for step in replay.machine.plan.steps {
      for (index, task) in step.tasks.enumerated() {
        let key = TaskKey(step.id, index)
        guard case .file(let file) = task.work, let node = replay.machine.sentTo[key] else { continue }
        files[key] = await RemoteFile.look(at: file.path, on: node, through: transport)
      }
    }
    let seen = await (try world(transport)).observer?.observe()
    return try RollbackPlan(
      replay, seeing: seen, files: files, nodes: planner.nodeValues,
      secrets: [:], by: "tester")
  }

  /// Goes on as `belay resume --settle` would.
  func settle(_ transport: FakeTransport, _ rulings: [TaskKey: PersonsWord]) async throws -> ExitCode {
    let (journal, contents) = try JournalWriter.open(journalPath)
    let replay = try RunLog.replay(contents.records)
    var world = try world(transport)
    world.rulings = rulings
    let runner = Runner(world: world, machine: replay.machine, outputs: replay.outputs, journal: journal)
    await runner.resumed(by: "tester")
    return try await runner.run()
  }

  /// A run whose belay died right after it had sent this act, which then came to its end.
  func dies(while step: String) async throws {
    let keeping = transport { request in
      request.command.contains(" 'forget' ") ? .answer(CommandResult(exit: .status(0))) : .none
    }
    #expect(try await start(keeping) == .done)
    let text = String(decoding: try readFile(journalPath, limit: 1 << 24), as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let records = try JournalReader.read(journalPath).records
    let intent = try #require(
      records.firstIndex { $0.kind == "intended" && $0.data["task"]?["step"]?.stringValue == step })
    let kept = lines.prefix(intent + 1).map { $0 + "\n" }.joined()
    try replaceFile(journalPath, with: Array(kept.utf8), mode: 0o600)
  }

  func undone() throws -> [String] {
    try events().compactMap {
      if case .undoFinished(let task, .undone, _) = $0 { task.step.rawValue } else { nil }
    }
  }

  func owed() throws -> [String: String] {
    Dictionary(try replay().machine.owed.map { ($0.task.step.rawValue, $0.reason) }) { first, _ in first }
  }
}

/// Runs that are undone after they ended, from the journal on disk.
@Suite struct WayBackTests {
  private static let steps = """
    one: { act: One, at: n1, run: "echo one >> ${node.home}/acts", rollback: { run: "echo undo-one >> ${node.home}/acts" } }
    two: { act: Two, at: n1, run: "echo two >> ${node.home}/acts", rollback: { run: "echo undo-two >> ${node.home}/acts" } }
    file: { act: File, at: n2, file: { path: "${node.home}/f", content: "new" } }
    """
  private static let failing = steps + "\ncheck: { verify: Check, at: n1, run: \"false\" }"

  /// A run that has ended well, with a file that was there before.
  private func finished(_ steps: String = WayBackTests.steps) async throws -> Bench {
    let bench = try Bench(steps)
    _ = try await bench.machines[NodeName("n2")]?.run("printf old > f; chmod 600 f")
    let transport = bench.transport()
    let exit = try await bench.start(transport, plan: try await bench.survey(transport))
    #expect(exit == .done)
    return bench
  }

  @Test("guarantee 6: a run that ended well is undone later, files byte for byte from its journal")
  func finishedRun() async throws {
    let bench = try await finished()
    let machine = try #require(bench.machines[NodeName("n2")])
    #expect(machine.text("f") == "new")
    let plan = try await bench.wayBack(bench.transport())
    #expect(plan.undos.map(\.task.step.rawValue) == ["file", "two", "one"])
    #expect(plan.undos.allSatisfy { $0.obstacle == nil }, "\(plan.undos)")
    let head = try JournalReader.inspect(bench.journalPath).head

    #expect(try await bench.goBack(bench.transport()) == .rolledBack)
    #expect(bench.acts() == ["one", "two", "undo-two", "undo-one"])
    #expect(try await machine.run("cat f; stat -c %a f").stdout.text == "old600\n")
    let replay = try bench.replay()
    #expect(replay.machine.phase == .ended(exit: 5) && replay.machine.restoration == .restored)
    #expect(RollbackPlan.needlessness(of: replay.machine) != nil)
    // It goes on in the same journal, of which what was before is a part.
    let records = try JournalReader.read(bench.journalPath).records
    #expect(records.contains { $0.head == head })
    #expect(records.filter { $0.kind == "ended" }.count == 2)
    for machine in bench.machines.values {
      let left = try await machine.run("ls -A . .local/state/belay/receipts 2>/dev/null").stdout.text
      #expect(!left.contains("run-1") && !left.contains("belay-"), "\(left)")
    }
  }

  @Test(
    "guarantee 6: what others changed since is said and left as it is, and settled once it is as the run left it"
  )
  func changedSince() async throws {
    let bench = try await finished()
    let machine = try #require(bench.machines[NodeName("n2")])
    _ = try await machine.run("printf theirs > f")
    let plan = try await bench.wayBack(bench.transport())
    #expect(plan.undos.first?.obstacle?.contains("was changed since the run") == true)
    #expect(try await bench.goBack(bench.transport()) == .needsPerson)
    #expect(machine.text("f") == "theirs")
    #expect(bench.acts() == ["one", "two", "undo-two", "undo-one"], "the others are undone all the same")
    #expect(try bench.owed()["file"]?.contains("was changed since the run") == true)

    _ = try await machine.run("printf new > f")
    #expect(try await bench.goBack(bench.transport()) == .rolledBack)
    #expect(machine.text("f") == "old")
    #expect(bench.acts() == ["one", "two", "undo-two", "undo-one"])
  }

  @Test("guarantee 6: an undo that is owed to an unreachable node is done when the node is back")
  func owedIsSettled() async throws {
    let bench = try Bench(Self.failing)
    let away = bench.transport {
      $0.node == NodeName("n2") && $0.runs("file.0.undo.1") ? .refuse("no route") : .none
    }
    #expect(try await bench.start(away) == .needsPerson)
    let debts = try bench.replay().machine.debts
    #expect(debts.map(\.kind) == [.undo] && debts[0].node == NodeName("n2"))
    #expect(debts[0].command?.hasPrefix("put back ") == true && debts[0].why == "n2: no route")
    let plan = try await bench.wayBack(bench.transport())
    #expect(plan.undos.map(\.note) == ["owed since the last way back: n2: no route"])
    #expect(try await bench.goBack(bench.transport()) == .rolledBack)
    #expect(bench.acts() == ["one", "two", "undo-two", "undo-one"], "each once")
    #expect(bench.machines[NodeName("n2")]?.text("f") == nil)
  }

  @Test("guarantees 3 and 5: when belay dies at a write while it undoes a finished run, it is taken up again")
  func everywhere() async throws {
    let whole = FaultyStorage()
    let model = try await finished()
    #expect(try await model.goBack(model.transport(), storage: whole) == .rolledBack)
    let moments = whole.operations.indices.filter { ["append", "sync"].contains(whole.operations[$0]) }
    #expect(moments.count >= 12)
    // Each costs a run and its way back: one after the other in turn, over many test runs all of them.
    let offset = Int.random(in: 0..<4)
    let chosen = moments.filter { $0 % 4 == offset }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for moment in chosen {
        group.addTask {
          let bench = try await finished()
          let storage = FaultyStorage(
            .init(at: moment, code: 5, bytesWritten: moment % 3 * 20, isForGood: true))
          await #expect(throws: JournalError.self) {
            try await bench.goBack(bench.transport(), storage: storage)
          }
          if case .ended(exit: 5) = try bench.replayAfterRepair().machine.phase { return }
          // Either way of taking it up leads there, once the wish to go back is on disk.
          let isKnown = try bench.replay().machine.reopening != nil
          let exit =
            isKnown && moment.isMultiple(of: 2)
            ? try await bench.resume(bench.transport()) : try await bench.goBack(bench.transport())
          #expect(exit == .rolledBack, "died at \(moment)")
          #expect(bench.acts() == ["one", "two", "undo-two", "undo-one"], "died at \(moment)")
          #expect(bench.machines[NodeName("n2")]?.text("f") == "old", "died at \(moment)")
        }
      }
      try await group.waitForAll()
    }
  }

  // MARK: The cluster

  private static let removal = """
    look: { act: It looks first, at: n1, effect: { stop: n2 }, run: "true", rollback: { run: "true" } }
    add:
      act: Add
      at: n1
      run: echo add >> ${node.home}/acts
      rollback: { effect: { remove: n3 }, run: "echo remove ${node.member.id} >> ${here.home}/acts" }
    """

  /// Those who are none of them show nothing.
  private func show(_ bench: Bench, members: [(name: String, id: String)]) throws {
    for machine in bench.machines.values {
      try replaceFile("\(machine.home)/view.json", with: [], mode: 0o644)
    }
    for (name, id) in members {
      let view: Value = [
        "cluster": "k", "self": .string(id), "term": 1, "index": 10, "leader": .string(members[0].id),
        "healthy": true,
        "members": .array(
          members.map { ["id": .string($0.id), "name": .string($0.name), "learner": false] }),
      ]
      let machine = try #require(bench.machines[NodeName(name)])
      try replaceFile("\(machine.home)/view.json", with: Array(view.json().utf8), mode: 0o644)
    }
  }

  @Test("guarantee 6: a member that is gone, or another one by that name, is not removed by an old run")
  func membersOfOthers() async throws {
    for (now, exit, text) in [
      ([("n1", "n1"), ("n2", "n2")], ExitCode.needsPerson, "n3 is no member any more"),
      ([("n1", "n1"), ("n2", "n2"), ("n3", "other")], .needsPerson, "another member now"),
    ] {
      let bench = try await finished(Self.removal)
      try show(bench, members: now.map { (name: $0.0, id: $0.1) })
      let plan = try await bench.wayBack(bench.transport())
      #expect(!plan.changes.isEmpty)
      let said = plan.needless.map(\.why) + plan.undos.compactMap(\.obstacle)
      #expect(said.contains { $0.contains(text) }, "\(said)")
      #expect(try await bench.goBack(bench.transport()) == exit)
      #expect(bench.acts() == ["add"], "nothing was removed")
    }
  }

  @Test("a member that has left for good is not waited for")
  func nothingToWaitFor() async throws {
    var bench = try Bench(
      """
      leave: { act: Leave, at: n1, effect: { remove: n3 }, run: "true", rollback: none, because: it has gone }
      check: { verify: Check, at: n1, run: "false" }
      """)
    bench.comparing = .seconds(60)
    let transport = bench.transport { [bench] request in
      if request.runs("leave.0") { try? show(bench, members: [("n1", "n1"), ("n2", "n2")]) }
      return .none
    }
    let began = ContinuousClock.now
    #expect(try await bench.start(transport, plan: try await bench.survey(transport)) == .needsPerson)
    #expect(try bench.replay().machine.restoration == .differs(["missing: n3 n3 voter"]))
    #expect(began.duration(to: .now) < .seconds(20), "it was waited for")
  }

  @Test("guarantee 6: after the way back the cluster is restored, partly restored, or nobody can tell")
  func comparison() async throws {
    let bench = try await finished()
    try show(bench, members: [("n1", "n1"), ("n2", "n2")])
    #expect(try await bench.goBack(bench.transport()) == .needsPerson)
    #expect(try bench.replay().machine.restoration == .differs(["missing: n3 n3 voter"]))
    let silent = bench.transport { $0.isLook ? .refuse("no route") : .none }
    #expect(try await bench.goBack(silent) == .needsPerson)
    guard case .unknown? = try bench.replay().machine.restoration else {
      Issue.record("nobody answered, yet it is known")
      return
    }
    for name in Bench.names { try bench.show(on: name) }
    #expect(try await bench.goBack(bench.transport()) == .rolledBack)
    #expect(try bench.replay().machine.restoration == .restored)
    #expect(bench.acts() == ["one", "two", "undo-two", "undo-one"], "each once")
  }

  // MARK: A person's word

  @Test(
    "guarantee 4: a person settles what no receipt can, under their name; a fact comes first",
    arguments: Ruling.allCases)
  func word(_ ruling: Ruling) async throws {
    let key = TaskKey(StepID("two"), 0)
    let word = PersonsWord(ruling: ruling, by: "ann", because: "I looked")
    for isLost in ruling == .done ? [true, false] : [true] {
      let bench = try Bench(Self.steps)
      try await bench.dies(while: "two")
      if isLost {
        _ = try await bench.machines[NodeName("n1")]?.run("rm .local/state/belay/receipts/run-1/two.0.exit")
      }
      let exit = try await bench.settle(bench.transport(), [key: word])
      let ruled = try bench.events().filter { if case .ruled = $0 { true } else { false } }
      guard isLost else {
        #expect(exit == .done && ruled.isEmpty && bench.acts() == ["one", "two"], "its receipt knows better")
        continue
      }
      #expect(ruled == [.ruled(task: key, as: ruling, by: "ann", because: "I looked")])
      switch ruling {
      case .done: #expect(exit == .done && bench.acts() == ["one", "two"])
      case .failed: #expect(exit == .rolledBack && bench.acts() == ["one", "two", "undo-two", "undo-one"])
      case .never: #expect(exit == .done && bench.acts() == ["one", "two", "two"])
      }
    }
  }

  @Test func stoppedToBeKeptItGoesOnLater() async throws {
    let bench = try Bench(Self.steps)
    let pausing = RunnerBox()
    let transport = bench.transport { request in
      if request.runs("two.0") { await pausing.runner?.pause("Ctrl-C") }
      return .none
    }
    #expect(try await bench.start(transport, begun: { pausing.runner = $0 }) == .interrupted)
    #expect(bench.acts() == ["one", "two"], "what was in flight has ended, and nothing is undone")
    pausing.runner = nil
    #expect(try await bench.resume(bench.transport()) == .done)
    #expect(bench.acts() == ["one", "two"])
  }
}

private final class RunnerBox: Sendable {
  private let held = Mutex<Runner?>(nil)
  var runner: Runner? {
    get { held.withLock { $0 } }
    set { held.withLock { $0 = newValue } }
  }
}
