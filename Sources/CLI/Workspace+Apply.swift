import Hashing
import Execution
import Journal
import Model
import Planning
import Platform
import Report
import SSH
import Transport

extension Workspace {
  /// Whatever happens, the connections are closed.
  func closingAfter<T: Sendable>(_ body: () async throws -> T) async throws -> T {
    do {
      let result = try await body()
      await transport.close()
      return result
    } catch {
      await transport.close()
      throw error
    }
  }

  /// Plans once more, and refuses unless that gives what was reviewed.
  func planAgain(as reviewed: PlanFile) async throws -> Plan {
    let fresh = try await plan()
    guard try fresh.digest().hex == reviewed.digest else {
      let differences = reviewed.plan.differences(from: fresh, edits: edits(since: reviewed))
      throw Stop(
        .changed,
        "what was reviewed is not what would run now; nothing was changed",
        details: differences.isEmpty ? ["the commands would be others"] : differences,
        help: "make and review a new plan")
    }
    return fresh
  }

  /// Which lines of which files are others now.
  private func edits(since reviewed: PlanFile) -> [String: [SourceEdit]] {
    var edits: [String: [SourceEdit]] = [:]
    for source in sources {
      guard let old = reviewed.texts[source.path], old != source.text else { continue }
      edits[source.path] = SourceEdit.edits(from: old, to: source.text)
    }
    return edits
  }

  /// Applies a plan with a journal of its own; the caller holds the cluster.
  func apply(
    _ plan: Plan, as hold: Hold, signatures: [PlanSignature] = [], confirmed: [String],
    _ arguments: Arguments, _ session: Session
  ) async throws -> ExitCode {
    let run = hold.run
    guard plan.isApplicable else {
      throw Stop(
        .refused, "refused, nothing was changed: \(plan.refusals.map(\.reason).joined(separator: "; "))")
    }
    if let approval = plan.approval, !ApprovalTally(approval, signatures).isEnough {
      try plan.refuseWithoutApproval()
    }
    let rehearsal = try rehearsal(arguments, plan)
    let approvals = try Approvals(arguments, plan, session)
    let store = RunStore()
    let last = store.last
    let start = RunLog.Start(
      run: run, plan: plan, planDigest: try plan.digest().hex, belay: Version.text,
      operatorName: Host.userName, host: Host.name, directory: (try? currentDirectory()) ?? "",
      previousHead: last?.head.description, previousRun: last?.run)
    let path = store.path(of: run)
    let journal = try JournalWriter.create(
      path, kind: RunLog.startKind, binding: try RunLog.binding(start),
      mask: secrets.mask)
    session.say("run \(run), journal \(path)")
    return try await carryOut(
      hold, machine: RunMachine(plan: plan), outputs: StepOutputs(), journal: journal, arguments, session,
      signatures: signatures, confirmed: confirmed, approvals: approvals, rehearsal: rehearsal)
  }

  /// Takes up a run whose controller ended.
  func resume(
    _ replay: RunLog.Replay, _ rulings: Rulings, as hold: Hold, journal: JournalWriter,
    _ arguments: Arguments, _ session: Session
  ) async throws -> ExitCode {
    let approvals = try Approvals(arguments, replay.machine.plan, session)
    let confirmed = try session.confirmDanger(replay.machine.unconfirmed, arguments)
    session.say("resuming run \(replay.start.run)")
    return try await carryOut(
      hold, machine: replay.machine, outputs: replay.outputs, journal: journal, arguments,
      session, signatures: [], confirmed: confirmed, approvals: approvals, printed: replay.printed,
      rulings: rulings
    ) { await $0.resumed(by: Host.userName) }
  }

  /// Takes up a run to undo it.
  func goBack(
    _ replay: RunLog.Replay, _ rulings: Rulings, as hold: Hold, journal: JournalWriter,
    _ arguments: Arguments, _ session: Session
  ) async throws -> ExitCode {
    let approvals = try Approvals(arguments, replay.machine.plan, session)
    return try await carryOut(
      hold, machine: replay.machine, outputs: replay.outputs, journal: journal, arguments,
      session, signatures: [], confirmed: [], approvals: approvals, printed: replay.printed,
      rulings: rulings
    ) {
      await $0.reopen(by: Host.userName, why: arguments.value(.because) ?? "\(Host.userName) asked for it")
    }
  }

  private func carryOut(
    _ hold: Hold, machine: RunMachine, outputs: StepOutputs, journal: JournalWriter,
    _ arguments: Arguments, _ session: Session, signatures: [PlanSignature], confirmed: [String],
    approvals: Approvals,
    printed: [StepID: String] = [:], rehearsal: Rehearsal? = nil,
    rulings: Rulings? = nil, takeUp: (Runner) async -> Void = { _ in }
  ) async throws -> ExitCode {
    let run = hold.run
    let choice = try InterruptChoice(arguments)
    let progress = ProgressText(plan: machine.plan, paint: session.paint, isVerbose: arguments.has(.verbose))
    var world = Runner.World(
      run: run, transport: transport, observer: observer, nodes: planner.nodeValues,
      rehearsal: rehearsal
    ) { event in
      if let line = progress.line(for: event) { session.say(line) }
    }
    world.secrets = secrets.values
    world.rulings = rulings?.words ?? [:]
    world.lock = hold.lock
    world.lockedAfter = hold.after
    world.approve = { question, isStopping in await approvals.answer(question, isStopping: isStopping) }
    let runner = Runner(world: world, machine: machine, outputs: outputs, printed: printed, journal: journal)
    // A terminal that is halted or gone is no reason for the run to halt.
    PatientOutput.begin()
    SignalWatch.handle { signal, count in
      if count > 1 {
        session.say(
          "stopped at once; go on with: belay resume \(run), or undo it with: belay rollback \(run)")
        PatientOutput.drain()
        exitNow(ExitCode.interrupted.rawValue)
      }
      session.say("\(signal): \(choice.promise)")
      Task { await choice.apply(to: runner, "stopped by \(signal)") }
    }
    defer { SignalWatch.stopHandling() }
    await takeUp(runner)
    let code = try await hold.during(runner) {
      await runner.sign(signatures)
      await runner.confirm(confirmed, by: Host.userName)
      return try await runner.run()
    }
    let replayed = try RunStore().replay(journal.path)
    for task in rulings?.unused(in: replayed.events.map(\.event)) ?? [] {
      session.say("what was said of \(task) was not needed: its outcome was found out")
    }
    session.say(RunText(replayed, paint: session.paint).closing(exit: code))
    PatientOutput.drain()
    if arguments.has(.json) { session.print(RunText.json(replayed, exit: code)) }
    return code
  }

  private func rehearsal(_ arguments: Arguments, _ plan: Plan) throws -> Rehearsal? {
    guard let text = arguments.value(.rehearse) else { return nil }
    let parts = text.split(separator: ":").map(String.init)
    let moment = parts.count > 1 ? Rehearsal.Moment(rawValue: parts[1]) : .before
    guard let step = parts.first.map({ StepID($0) }), plan.step(step)?.role == .act,
      parts.count <= 2, let moment
    else {
      throw UsageError(
        "--rehearse-failure takes an act of the plan and before, at or after, as in start:after")
    }
    return Rehearsal(step: step, moment: moment)
  }
}
