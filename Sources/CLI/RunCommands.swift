import Planning
import Execution
import Journal
import Model
import Report

extension Command {
  static let runs = Command(
    name: "runs", usage: "", summary: "the runs recorded here, newest last", flags: [.json]
  ) { arguments, session in
    let store = RunStore()
    for (run, path) in store.journals() {
      do {
        let replay = try store.replay(path)
        let machine = replay.machine
        if arguments.has(.json) {
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
    name: "show", usage: "RUN",
    summary: "what a run did, step by step (RUN: an id, its beginning, last, a path)",
    flags: [.json]
  ) { arguments, session in
    guard arguments.positionals.count == 1 else {
      throw UsageError("belay show needs one run; `belay runs` lists them")
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
    flags: [.set, .forks, .timeout, .confirm, .approve, .deny, .verbose, .json]
  ) { arguments, session in
    guard arguments.positionals.count == 1 else {
      throw UsageError("belay resume needs one run; `belay runs` lists them")
    }
    let store = RunStore()
    let path = try store.find(arguments.positionals[0])
    // Only who holds the cluster may touch the journal: its own belay may still be writing it.
    let start = try store.replay(path).start
    let lock = try start.plan.cluster.map { try store.lock($0, for: start.run) }
    defer { withExtendedLifetime(lock) {} }
    if let repaired = try JournalRepair.repair(path) {
      session.say("set \(repaired.byteCount) bytes of an incomplete last record aside in \(repaired.savedTo)")
    }
    let seen = try store.replay(path)
    if case .ended = seen.machine.phase {
      throw Stop(
        .usage, "run \(seen.start.run) has ended: \(RunText.state(of: seen.machine))",
        help: "belay show \(seen.start.run)")
    }
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
      try await workspace.resume(replay, journal: journal, arguments, session)
    }
  }

  static let journal = Command(
    name: "journal", usage: "verify RUN", summary: "check that a journal was not edited, cut or reordered",
    flags: [.head, .json]
  ) { arguments, session in
    guard arguments.positionals.count == 2, arguments.positionals[0] == "verify" else {
      throw UsageError("usage: belay journal verify RUN [--head NUMBER:HASH]")
    }
    let path = try RunStore().find(arguments.positionals[1])
    var head: JournalHead?
    if let text = arguments.value(.head) {
      guard let read = JournalHead(text) else {
        throw UsageError("--head takes NUMBER:HASH as `belay journal verify` prints it")
      }
      head = read
    }
    let report = try JournalVerification.verify(path, expecting: head)
    let chainFindings = report.isSound ? replayFinding(path) : nil
    let isSound = report.isSound && chainFindings == nil
    if arguments.has(.json) {
      let findings =
        report.findings.map { Value.string($0.description) }
        + [chainFindings].compactMap { $0.map { .string($0) } }
      let value: Value = [
        "format": 1, "journal": .string(path), "sound": .bool(isSound),
        "records": .number(Double(report.recordCount)),
        "head": report.head.map { .string($0.description) } ?? .null, "findings": .array(findings),
        "checked": .array(report.checked.map { .string($0) }),
        "not_checked": .array(report.notChecked.map { .string($0) }),
      ]
      session.print(value.json())
    } else {
      session.print(isSound ? "\(path): sound, \(report.recordCount) records" : "\(path): DAMAGED")
      if let head = report.head { session.print("  head         \(head)") }
      for finding in report.findings { session.print("  found        \(visible(finding.description))") }
      if let chainFindings { session.print("  found        \(visible(chainFindings))") }
      for check in report.checked { session.print("  checked      \(check)") }
      for check in report.notChecked { session.print("  not checked  \(check)") }
    }
    return isSound ? .done : .journal
  }

  /// A sound chain may still hold events that cannot follow each other, or a plan that is not the one named.
  private static func replayFinding(_ path: String) -> String? {
    do {
      _ = try RunStore().replay(path)
      return nil
    } catch {
      return "\(error)"
    }
  }
}
