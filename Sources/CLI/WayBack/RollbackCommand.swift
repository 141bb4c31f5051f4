import Execution
import Journal
import Loading
import Model
import Planning
import Platform
import Report

extension Flag {
  static let showOnly = Flag(name: "plan", help: "show what would be undone, and change nothing")
}

extension Command {
  static let rollback = Command(
    name: "rollback", usage: "RUN",
    summary: "undo a run that ended, failed or was left half done, or what it still owes",
    flags: [
      .showOnly, .yes, .settle, .because, .onInterrupt, .set, .forks, .timeout, .verbose, .json,
    ]
  ) { arguments, session in
    guard arguments.positionals.count == 1 else {
      throw UsageError("belay rollback needs one run; `belay runs` lists them")
    }
    let store = RunStore()
    let path = try store.find(arguments.positionals[0])
    let seen = try store.replay(path)
    if let why = RollbackPlan.needlessness(of: seen.machine) {
      session.say("nothing to do: run \(seen.start.run) \(why)")
      if arguments.has(.json) { session.print(RunText.json(seen, exit: nil)) }
      return .done
    }
    let rulings = try Rulings(arguments, seen, mayExplain: true)
    let workspace = try Workspace(again: seen.machine.plan, arguments, session)
    try workspace.secrets.refuseCollisions(with: seen.machine.plan)
    try workspace.refuseOtherNodes(than: seen.machine)
    workspace.warnOfOtherFiles(than: seen.machine.plan, session)
    return try await workspace.closingAfter {
      if arguments.has(.showOnly) {
        let plan = try await workspace.wayBack(of: seen)
        session.print(plan.shown(seen, arguments, paint: session.outputPaint))
        try plan.refuseWhileLeading(session)
        return .done
      }
      let reviewed = arguments.has(.yes) ? nil : try await workspace.askToGoBack(seen, store, session)
      // Only who holds the cluster may touch the journal: its own belay may still be writing it.
      let lock = try store.lockCluster(of: seen.start)
      defer { withExtendedLifetime(lock) {} }
      try session.repairJournal(path)
      return try await workspace.holdingNodes(
        .takeUp(seen.start.run, host: Host.name), acts: seen.machine.plan.changesNodes,
        keeping: seen.machine.mayBeHalfDone, session
      ) { hold in
        let code = try await workspace.goBack(path, as: reviewed, rulings, hold, arguments, session)
        // Here to be undone was what somebody asked for.
        return code == .rolledBack ? .done : code
      }
    }
  }
}

extension Workspace {
  /// Looks at the cluster and at the files that the run wrote.
  fileprivate func wayBack(of replay: RunLog.Replay) async throws -> RollbackPlan {
    let observation = await observer?.observeSettled()
    try refuseSilence(observation)
    var files: [TaskKey: RemoteFile.LookResult] = [:]
    for step in replay.machine.plan.steps where step.role == .act {
      for (index, task) in step.tasks.enumerated() {
        let key = TaskKey(step.id, index)
        guard case .file(let file) = task.work, replay.machine.undos[key] != .undone,
          let node = replay.machine.sentTo[key]
        else { continue }
        files[key] = await RemoteFile.look(at: file.path, on: node, through: transport)
      }
    }
    return try RollbackPlan(
      replay, seeing: observation, files: files, nodes: planner.nodeValues, secrets: secrets.values,
      by: Host.userName)
  }

  /// Plans once more, now that nobody else has the cluster, and undoes exactly what was reviewed.
  fileprivate func goBack(
    _ path: String, as reviewed: RollbackPlan?, _ rulings: Rulings, _ hold: Hold, _ arguments: Arguments,
    _ session: Session
  ) async throws -> ExitCode {
    let (journal, contents) = try JournalWriter.open(path, mask: secrets.mask)
    let replay = try RunLog.replay(contents.records)
    let plan = try await wayBack(of: replay)
    if let reviewed {
      try plan.refuseUnless(reviewed)
    } else {
      session.say(plan.shown(replay, nil, paint: session.paint))
    }
    try plan.refuseWhileLeading(session)
    return try await goBack(replay, rulings, as: hold, journal: journal, arguments, session)
  }

  /// Shows the plan and returns it once a person has said yes. The cluster is not held meanwhile: they may take their
  /// time.
  fileprivate func askToGoBack(
    _ replay: RunLog.Replay, _ store: RunStore, _ session: Session
  ) async throws -> RollbackPlan {
    // Whoever holds it may be this very run.
    withExtendedLifetime(try store.lockCluster(of: replay.start)) {}
    let plan = try await wayBack(of: replay)
    session.say(plan.shown(replay, nil, paint: session.paint))
    try plan.refuseWhileLeading(session)
    guard session.canAsk else {
      throw Stop(
        .usage, "there is no terminal to ask on; nothing was touched",
        help: "review it with `belay rollback \(replay.start.run) --plan`, then add --yes")
    }
    guard session.ask("Undo this? Type yes:") else {
      throw Stop(.refused, "not undone, nothing was touched")
    }
    return plan
  }

  /// Undos go to where the acts went: under the same name there must still be the same machine.
  func refuseOtherNodes(than machine: RunMachine) throws {
    let planned = Dictionary(machine.plan.nodes.map { ($0.name, $0) }) { first, _ in first }
    let now = Dictionary((cluster?.nodes ?? []).map { ($0.name, $0) }) { first, _ in first }
    var differences: [String] = []
    for name in Set(machine.sentTo.values).sorted() {
      guard let then = planned[name] else { continue }
      guard let node = now[name] else {
        differences.append("\(name) is no longer in the inventory")
        continue
      }
      if node.address != then.address {
        differences.append("\(name): address \(then.address), now \(node.address)")
      }
      if (hostKeys[name] ?? []) != then.hostKeys {
        differences.append("\(name): another host key is recorded")
      }
    }
    guard differences.isEmpty else {
      throw Stop(
        .changed, "the nodes are not those that the run worked on; nothing was touched", details: differences,
        help: "correct the inventory or known_hosts, or undo it by hand: belay runs --owed lists what is owed"
      )
    }
  }

  /// The way back is that of the plan, whatever its files say by now; how to look at the cluster is theirs.
  fileprivate func warnOfOtherFiles(than plan: Plan, _ session: Session) {
    let now = planner.sources
    let others = Set(plan.sources.keys).union(now.keys).filter { plan.sources[$0] != now[$0] }.sorted()
    guard !others.isEmpty else { return }
    session.say(
      session.paint("note", .warning) + ": changed since the run was planned: "
        + others.map { visible($0) }.joined(separator: ", ")
        + "; what is undone, and how, is as it was planned")
  }
}

extension RollbackPlan {
  fileprivate func shown(_ replay: RunLog.Replay, _ arguments: Arguments?, paint: Paint) -> String {
    let text = RollbackText(self, state: RunText.state(of: replay.machine), paint: paint)
    return arguments?.has(.json) == true ? text.json : text.text
  }

  /// What moving leadership away would allow is not left owed: everything after it would go on without it.
  fileprivate func refuseWhileLeading(_ session: Session) throws {
    guard let undo = undos.first(where: { $0.verdict?.decision == .transferFirst }), let effect = undo.effect
    else { return }
    let help =
      session.library.knows(verb: "move-leader")
      ? "belay move-leader \(effect.node)" : "move leadership away from it"
    throw Stop(
      .refused, "\(undo.obstacle ?? "\(effect.node) leads the cluster"); nothing was touched",
      help: "\(help), then belay rollback \(run)")
  }

  /// Nobody has agreed to anything else than what was shown.
  fileprivate func refuseUnless(_ reviewed: RollbackPlan) throws {
    let (then, now) = (reviewed.substance, substance)
    guard then != now else { return }
    throw Stop(
      .changed, "what was reviewed is not what would be undone now; nothing was touched",
      details: then.filter { !now.contains($0) }.map { "then: \($0)" }
        + now.filter { !then.contains($0) }.map { "now: \($0)" },
      help: "look at it again: belay rollback \(run)")
  }
}
