import Hashing
import Model
import Planning
import Report

extension Command {
  static let planning: [Flag] = [
    .inventory, .set, .limit, .with, .forks, .timeout, .json,
  ]

  static let plan = Command(
    name: "plan", usage: "RUNBOOK|VERB [NODE…]",
    summary: "show exactly what would happen, and change nothing",
    flags: planning + [.out, .detailedExitCode]
  ) { arguments, session in
    var arguments = arguments
    guard !arguments.positionals.isEmpty else { throw UsageError("belay plan needs a runbook or a verb") }
    let name = arguments.positionals.removeFirst()
    let request: Workspace.Request = session.verbs.contains(name) ? .verb(name) : .runbook(name)
    let workspace = try Workspace(request, arguments, session)
    let plan = try await workspace.closingAfter { try await workspace.plan() }
    let digest = try plan.digest().hex
    if arguments.has(.json) {
      session.print(String(decoding: try plan.encoded(), as: UTF8.self))
    } else {
      session.print(PlanText(plan, digest: digest, paint: session.outputPaint).text)
    }
    guard plan.isApplicable else { return .refused }
    if let out = arguments.value(.out) {
      try PlanFile(plan: plan, digest: digest).write(to: out)
      session.say("saved to \(out); apply exactly this with: belay apply \(out)")
    }
    let changes = plan.steps.contains { $0.role == .act && !$0.isSkipped }
    return changes && arguments.has(.detailedExitCode) ? .changesPlanned : .done
  }

  static let run = Command(
    name: "run", usage: "RUNBOOK [NODE…]", summary: "plan, show, ask, apply",
    flags: planning + [.yes, .verbose, .rehearse]
  ) { arguments, session in
    var arguments = arguments
    guard !arguments.positionals.isEmpty else {
      throw UsageError("belay run needs a runbook; `belay runbooks` lists them")
    }
    let name = arguments.positionals.removeFirst()
    return try await runRunbook(.runbook(name), arguments, session)
  }

  static func runRunbook(_ request: Workspace.Request, _ arguments: Arguments, _ session: Session)
    async throws
    -> ExitCode
  {
    let workspace = try Workspace(request, arguments, session)
    return try await workspace.closingAfter {
      let plan = try await workspace.plan()
      let digest = try plan.digest().hex
      session.say(PlanText(plan, digest: digest, paint: session.paint).text)
      guard plan.isApplicable else {
        throw Stop(
          .refused, "refused, nothing was changed: \(plan.refusals.map(\.reason).joined(separator: "; "))")
      }
      if plan.steps.contains(where: { $0.role == .act && !$0.isSkipped }), !arguments.has(.yes) {
        guard session.canAsk else {
          throw Stop(
            .usage, "there is no terminal to ask on", help: "review it with `belay plan`, then add --yes")
        }
        guard session.ask("Apply this plan? Type yes:") else {
          throw Stop(.refused, "not applied, nothing was changed")
        }
      }
      return try await workspace.apply(plan, arguments, session)
    }
  }

  static let apply = Command(
    name: "apply", usage: "FILE", summary: "apply a saved plan, or refuse and say what has changed since",
    flags: [.forks, .timeout, .yes, .json, .verbose, .rehearse]
  ) { arguments, session in
    guard arguments.positionals.count == 1 else { throw UsageError("belay apply needs one plan file") }
    let file = try PlanFile.read(arguments.positionals[0])
    let workspace = try Workspace(again: file.plan, arguments, session)
    return try await workspace.closingAfter {
      let fresh = try await workspace.plan()
      guard try fresh.digest().hex == file.digest else {
        let differences = file.plan.differences(from: fresh)
        throw Stop(
          .changed,
          "what was reviewed is not what would run now; nothing was changed\n  "
            + (differences.isEmpty ? ["the commands would be others"] : differences).joined(separator: "\n  "),
          help: "make and review a new plan")
      }
      guard fresh.isApplicable else {
        throw Stop(
          .refused, "refused, nothing was changed: \(fresh.refusals.map(\.reason).joined(separator: "; "))")
      }
      return try await workspace.apply(fresh, arguments, session)
    }
  }

  static func verbHelp(_ verb: String) -> String {
    Command(
      name: verb, usage: "NODE [--with NODE]",
      summary: "plan, show, ask, apply; undone if its verification fails",
      flags: run.flags, run: run.run
    ).helpText
  }
}
