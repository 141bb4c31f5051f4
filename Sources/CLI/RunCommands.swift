import Planning
import Execution
import Journal
import Model
import Platform
import Report

extension Command {
  static let runs = Command(
    name: "runs", usage: "", summary: "the runs recorded here, newest last, or what they owe",
    flags: [.owed, .json]
  ) { arguments, session in
    let store = RunStore()
    for (run, path) in store.journals() {
      do {
        let replay = try store.replay(path)
        let machine = replay.machine
        if arguments.has(.owed) {
          guard let owed = OwedListing(replay) else { continue }
          session.print(arguments.has(.json) ? owed.json : owed.text)
        } else if arguments.has(.json) {
          session.print(RunText.json(replay, exit: nil))
        } else {
          session.print(
            "\(run)  \(machine.plan.runbook)  \(machine.plan.cluster?.rawValue ?? "-")  \(RunText.state(of: machine))"
          )
        }
      } catch {
        session.say("\(run)  cannot be read: \(error)")
      }
    }
    return .done
  }

  static let show = Command(
    name: "show", usage: "RUN|PLAN",
    summary: "what a run did (RUN: an id, its beginning, last, a path), or what a saved plan would do",
    flags: PlanForm.flags
  ) { arguments, session in
    let form = try PlanForm(arguments)
    guard arguments.positionals.count == 1 else {
      throw UsageError("belay show needs one run or plan file; `belay runs` lists the runs")
    }
    if PlanFile.isOne(arguments.positionals[0]) {
      let file = try PlanFile.read(arguments.positionals[0])
      session.print(try file.plan.shown(form, digest: file.digest, paint: session.outputPaint))
      return .done
    }
    guard form == .text || form == .json else {
      throw UsageError("--markdown and --html are forms of a saved plan, and this is a run")
    }
    let store = RunStore()
    let replay = try store.replay(store.find(arguments.positionals[0]))
    if arguments.has(.json) {
      session.print(RunText.json(replay, exit: nil))
    } else {
      session.print(RunText(replay, paint: session.outputPaint).text)
    }
    return .done
  }

  static let resume = Command(
    name: "resume", usage: "RUN", summary: "take up a run whose belay was killed or interrupted",
    flags: [
      .settle, .because, .onInterrupt, .set, .forks, .timeout, .confirm, .approve, .deny, .verbose, .json,
    ]
  ) { arguments, session in
    guard arguments.positionals.count == 1 else {
      throw UsageError("belay resume needs one run; `belay runs` lists them")
    }
    let store = RunStore()
    let path = try store.find(arguments.positionals[0])
    // Only who holds the cluster may touch the journal: its own belay may still be writing it.
    let start = try store.replay(path).start
    let lock = try store.lockCluster(of: start)
    defer { withExtendedLifetime(lock) {} }
    try session.repairJournal(path)
    let seen = try store.replay(path)
    if case .ended = seen.machine.phase {
      throw Stop(
        .usage, "run \(seen.start.run) has ended: \(RunText.state(of: seen.machine))",
        help: RollbackPlan.needlessness(of: seen.machine) == nil
          ? "belay rollback \(seen.start.run) undoes it" : "belay show \(seen.start.run)")
    }
    let rulings = try Rulings(arguments, seen)
    let plan = seen.machine.plan
    let workspace = try Workspace(again: plan, arguments, session)
    try workspace.secrets.refuseCollisions(with: plan)
    let (journal, contents) = try JournalWriter.open(path, mask: workspace.secrets.mask)
    let replay = try RunLog.replay(contents.records)
    guard workspace.planner.sources == plan.sources else {
      throw Stop(
        .changed, "the files that this run was planned from have changed since",
        help: "put back what was reviewed: \(plan.sources.keys.sorted().joined(separator: ", "))")
    }
    try workspace.refuseOlderRule(than: plan)
    return try await workspace.closingAfter {
      try await workspace.holdingNodes(
        .takeUp(start.run, host: Host.name), acts: plan.changesNodes,
        keeping: replay.machine.hasActed, session
      ) { hold in
        try await workspace.resume(replay, rulings, as: hold, journal: journal, arguments, session)
      }
    }
  }
}
