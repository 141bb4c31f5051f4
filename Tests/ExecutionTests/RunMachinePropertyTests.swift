import Execution
import Hashing
import Journal
import Model
import Planning
import Platform
import TestSupport
import Testing

/// Random runs: mostly what may follow, now and then anything at all.
@Suite struct RunMachinePropertyTests {
  private static let steps = """
    look: { diagnose: Look, at: n1, each: { peer: members }, run: "true" }
    one: { act: One, at: n1, run: "true", idempotent: true, retries: 2, rollback: { run: "true" } }
    two: { act: Two, needs: [look], at: members, run: "true", rollback: { run: "true" } }
    some: { act: Some, needs: [one], at: members, serial: [1, 2], max_failures: 1, run: "true", rollback: { run: "true" } }
    none: { act: None, needs: [two, some], at: n2, run: "true", rollback: none, because: it is a test }
    file: { act: File, needs: [], at: n3, file: { path: /x, content: x } }
    perhaps: { act: Perhaps, needs: [one, none], when: $cluster.healthy, at: n1, run: "true", rollback: { run: "true" } }
    ask: { approve: Ask, needs: [one] }
    covered: { act: Covered, needs: [perhaps, ask], at: n1, run: "true", rollback: { covered-by: one } }
    check: { verify: Check, needs: [covered, file], at: n1, run: "true", expect: "true" }
    """

  private struct Walk {
    var machine: RunMachine
    var random: SeededRandom
    var events: [RunEvent] = []
    var starts: [TaskKey: Int] = [:]
    var takenBack: [TaskKey: Int] = [:]

    mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &random)] }

    /// Nothing goes wrong.
    var isLucky = false

    mutating func outcome() -> TaskOutcome {
      if isLucky { return .done }
      return pick([TaskOutcome.done, .done, .done, .done, .done, .failed(reason: "f"), .unknown(reason: "u")])
    }

    /// One of the events that a runner could record now.
    mutating func plausible() -> RunEvent? {
      // Whoever stopped it takes it up again, or decides what nobody could tell.
      if machine.pause != nil { return pick([.resumed(by: "me"), .reopened(by: "me", why: "w")]) }
      var choices: [RunEvent] = machine.undecided.filter { _ in !isLucky }.map {
        .ruled(task: $0, as: pick(Ruling.allCases), by: "me", because: "b")
      }
      choices += machine.running.map {
        .finished(task: $0, outcome: outcome(), output: TaskOutput(exit: 0, stdout: "o"))
      }
      choices += machine.runningUndos.map {
        .undoFinished(task: $0, outcome: pick([.undone, .owed(reason: "o")]), output: TaskOutput())
      }
      for action in machine.actions {
        switch action {
        case .decide(let step): choices.append(.decided(step: step, runs: pick([true, false])))
        case .start(let task):
          choices.append(.intended(task: task, node: NodeName("n1"), command: "c", attempt: 1))
          if !isLucky, pick([1, 2, 3, 4, 5]) == 1 {
            choices.append(.finished(task: task, outcome: .refused(reason: "r"), output: TaskOutput()))
          }
        case .settle(let task):
          let settlements: [Settlement] = [
            .done(how: "h"), .failed(reason: "f"), .without(effect: "w"), .neverStarted,
            .undecidable(reason: "u"),
          ]
          choices.append(.settled(task: task, as: pick(settlements)))
        case .ask(let step):
          choices.append(
            .answered(step: step, approved: isLucky || pick([true, true, false]), by: "p", why: "w"))
          if !isLucky { choices.append(.awaiting(step: step)) }
        case .retry(let task):
          choices.append(.retried(task: task, again: pick([true, false]), why: "w"))
        case .unwind(let reason): choices.append(.unwinding(reason: reason))
        case .undo(let task):
          choices.append(.undoIntended(task: task, node: NodeName("n2"), command: "u", attempt: 1))
          choices.append(.undoFinished(task: task, outcome: .nothingToUndo(why: "n"), output: TaskOutput()))
        case .compare:
          choices.append(.compared(restoration: pick([.restored, .differs(["d"]), .unknown(reason: "u")])))
        case .end(let exit): choices.append(.ended(exit: exit, summary: RunSummary(happened: "h")))
        }
      }
      return choices.isEmpty ? nil : pick(choices)
    }

    /// Anything, whether it may follow or not.
    mutating func anything() -> RunEvent {
      let task = pick(machine.tasks.keys.sorted() + [TaskKey(StepID("nowhere"), 0)])
      return pick([
        .intended(task: task, node: nil, command: "", attempt: 1),
        .finished(task: task, outcome: outcome(), output: TaskOutput()),
        .finished(task: task, outcome: .refused(reason: "r"), output: TaskOutput()),
        .settled(task: task, as: .neverStarted), .retried(task: task, again: true, why: "w"),
        .answered(step: task.step, approved: true, by: "p", why: ""), .awaiting(step: task.step),
        .confirmed(phrase: "p", by: "p"),
        .unwinding(reason: "any"), .interrupted(reason: "i"),
        .undoIntended(task: task, node: nil, command: "", attempt: 1),
        .undoFinished(task: task, outcome: .undone, output: TaskOutput()), .resumed(by: "me"),
        .reopened(by: "me", why: "w"), .paused(reason: "p"),
        .ruled(task: task, as: pick(Ruling.allCases), by: "me", because: "b"),
        .compared(restoration: .restored),
        .ended(exit: pick([0, 4, 5, 6, 7]), summary: RunSummary(happened: "")),
      ])
    }

    /// Applies it if it may follow; an event that may not must change nothing.
    mutating func take(_ event: RunEvent) {
      let before = machine
      do {
        try machine.apply(event)
      } catch {
        #expect(machine.isSame(as: before), "seed \(random.seed): \(event)")
        return
      }
      check(event, before)
      events.append(event)
    }

    mutating func check(_ event: RunEvent, _ before: RunMachine) {
      let seed = random.seed
      switch event {
      case .intended(let task, _, _, _):
        starts[task, default: 0] += 1
        #expect(before.phase == .forward && before.interruption == nil, "seed \(seed)")
        #expect(before.pause == nil && before.reopening == nil, "seed \(seed)")
        #expect(starts[task, default: 0] == takenBack[task, default: 0] + 1, "\(task) twice: seed \(seed)")
        let needs = machine.plan.step(task.step)?.needs ?? []
        #expect(
          needs.allSatisfy { need in before.plan.step(need).map { before.isPassed($0) } == true },
          "seed \(seed)")
      case .settled(let task, .neverStarted, _): takenBack[task, default: 0] += 1
      case .retried(let task, let again, _):
        takenBack[task, default: 0] += again ? 1 : 0
        #expect(machine.retries[task, default: 0] <= 2, "seed \(seed)")
      case .ruled(let task, let ruling, _, _):
        takenBack[task, default: 0] += ruling == .never && before.phase == .forward ? 1 : 0
      case .reopened:
        #expect(before.hasActed, "seed \(seed)")
        #expect(machine.undone == before.undone, "what is undone stays so: seed \(seed)")
      case .undoIntended(let task, _, _, _):
        #expect(before.undos[task] != .undone && before.pause == nil, "\(task) undone twice: seed \(seed)")
        #expect(starts[task] != nil, "\(task) was undone and never done: seed \(seed)")
        let later = machine.plan.steps.drop { $0.id != task.step }.dropFirst().map(\.id)
        let open = before.undos.filter { $0.value == .pending || $0.value == .running }.keys.map(\.step)
        #expect(!open.contains(where: later.contains), "\(task) before what was built on it: seed \(seed)")
      case .ended(let exit, _):
        #expect(machine.running.isEmpty && machine.runningUndos.isEmpty, "seed \(seed)")
        let isClean = machine.owed.isEmpty && machine.undecided.isEmpty
        switch exit {
        case 0:
          #expect(machine.plan.steps.allSatisfy { machine.isPassed($0) }, "seed \(seed)")
          #expect(Set(machine.undos.keys) == Set(machine.undone), "seed \(seed)")
          #expect(
            machine.undone.allSatisfy { $0.step == StepID("some") } && machine.undone.count < 2,
            "seed \(seed)")
        case 4: #expect(!machine.hasActed, "seed \(seed)")
        case 7:
          #expect(!machine.hasActed || machine.waitingFor != nil || machine.pause != nil, "seed \(seed)")
        case 5: #expect(isClean && machine.restoration == .restored, "seed \(seed)")
        default: #expect(exit == 6 && !(isClean && machine.restoration == .restored), "seed \(seed)")
        }
      default: break
      }
    }
  }

  @Test(
    "guarantees 2, 3 and 6: no sequence of events undoes what was not done, starts anything twice or never ends"
  )
  func randomRuns() throws {
    let plan = try Bench.planner(Self.steps).plan(PlanningFacts(observation: Bench.observation))
    let fresh = SeededRandom.fresh()
    var exits: [Int: Int] = [:]
    for round in 0..<150 {
      var walk = Walk(
        machine: RunMachine(plan: plan), random: SeededRandom(seed: fresh.seed &+ UInt64(round)))
      walk.isLucky = round.isMultiple(of: 5)
      for step in 0..<600 {
        if case .ended = walk.machine.phase { break }
        // Nonsense only for a while: every run must then come to its end by itself.
        let isNonsense = !walk.isLucky && step < 300 && Int.random(in: 0..<6, using: &walk.random) == 0
        guard let event = isNonsense ? walk.anything() : walk.plausible() else {
          Issue.record("nothing can follow and the run has not ended: seed \(walk.random.seed)")
          break
        }
        walk.take(event)
      }
      guard case .ended(let exit) = walk.machine.phase else {
        Issue.record("the run does not end: seed \(walk.random.seed)")
        continue
      }
      exits[exit, default: 0] += 1
      if [0, 6].contains(exit), walk.machine.hasActed { goBackLater(&walk) }
      if round.isMultiple(of: 7) { try replays(walk, plan) }
    }
    #expect(Set(exits.keys) == [0, 4, 5, 6, 7], "every end is reached: \(exits); seed \(fresh.seed)")
  }

  /// Whatever a run ended with, it can be taken up again to be undone, and comes to an end again.
  private func goBackLater(_ walk: inout Walk) {
    for _ in 0..<3 {
      walk.take(.reopened(by: "later", why: "w"))
      for _ in 0..<300 {
        if case .ended = walk.machine.phase { break }
        guard let event = walk.plausible() else { break }
        walk.take(event)
      }
      let seed = walk.random.seed
      guard case .ended(let exit) = walk.machine.phase else {
        Issue.record("a run that was reopened does not end: seed \(seed)")
        return
      }
      #expect([5, 6].contains(exit), "it only goes back: seed \(seed)")
      if exit == 5 { return }
    }
  }

  /// The journal of a run, read back, is the same run; cut anywhere, it is the run up to there.
  private func replays(_ walk: Walk, _ plan: Plan) throws {
    let scratch = ScratchDirectory(inMemory: true)
    let start = RunLog.Start(
      run: RunID("r"), plan: plan, planDigest: try plan.digest().hex, belay: "test", operatorName: "me",
      host: "here", directory: "/", previousHead: nil)
    let journal = try JournalWriter.create(
      scratch.path(of: "j"), kind: RunLog.startKind, binding: try RunLog.binding(start))
    try journal.append(try walk.events.map(RunLog.entry))
    let records = try JournalReader.read(scratch.path(of: "j")).records
    let replay = try RunLog.replay(records)
    #expect(replay.events.map(\.event) == walk.events, "seed \(walk.random.seed)")
    #expect(replay.machine.isSame(as: walk.machine), "seed \(walk.random.seed)")
    let cut = try RunLog.replay(Array(records.prefix(records.count / 2)))
    #expect(cut.events.count == records.count / 2 - 1)
  }
}

extension RunMachine {
  func isSame(as other: RunMachine) -> Bool {
    phase == other.phase && tasks == other.tasks && undos == other.undos && decisions == other.decisions
      && interruption == other.interruption && restoration == other.restoration && sentTo == other.sentTo
      && attempts == other.attempts && undoAttempts == other.undoAttempts && hasActed == other.hasActed
      && waitingFor == other.waitingFor && confirmed == other.confirmed && pause == other.pause
      && reopening == other.reopening && restarts == other.restarts && left == other.left
      && hasEndedWell == other.hasEndedWell && undoCommands == other.undoCommands
  }
}

extension RunMachine {
  fileprivate var runningUndos: [TaskKey] { undos.filter { $0.value == .running }.keys.sorted() }
}
