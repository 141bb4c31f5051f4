import Hashing
import Journal
import Loading
import Model
import Planning

extension Command {
  static let planning: [Flag] = [
    .inventory, .set, .limit, .with, .forks, .timeout, .json,
  ]

  static let plan = Command(
    name: "plan", usage: "RUNBOOK|VERB [NODE…]",
    summary: "show exactly what would happen, and change nothing",
    flags: planning + [
      .markdown, .html, .override, .because, .out, .detailedExitCode, .requireApproval, .allowedSigners, .key,
    ]
  ) { arguments, session in
    var arguments = arguments
    let form = try PlanForm(arguments)
    guard !arguments.positionals.isEmpty else { throw UsageError("belay plan needs a runbook or a verb") }
    let name = arguments.positionals.removeFirst()
    let request: Workspace.Request = session.library.knows(verb: name) ? .verb(name) : .runbook(name)
    let workspace = try Workspace(request, arguments, session)
    try Plan.refuseDiagnosis(workspace.planner.runbook)
    var plan = try await workspace.closingAfter { try await workspace.plan() }
    let key = arguments.has(.out) ? try await plan.nameAuthor(arguments) : nil
    let digest = try plan.digest().hex
    session.print(try plan.shown(form, digest: digest, paint: session.outputPaint))
    guard plan.isApplicable else { return .refused }
    if let out = arguments.value(.out) {
      var file = try PlanFile(plan)
      // A text in which a secret happens to stand would carry it along.
      let texts = workspace.sources.filter { workspace.secrets.mask.apply($0.text) == $0.text }
      file.texts = Dictionary(texts.map { ($0.path, $0.text) }) { _, last in last }
      if let key { file.authorSignature = try await file.sign(.author, with: key).signature }
      try file.write(to: out)
      session.say(
        "saved to \(out); \(key == nil ? "apply" : "have it approved with: belay approve \(out); then apply") "
          + "exactly this with: belay apply \(out)")
    }
    return plan.changesSomething && arguments.has(.detailedExitCode) ? .changesPlanned : .done
  }

  static let run = Command(
    name: "run", usage: "RUNBOOK [NODE…]", summary: "plan, show, ask, apply",
    flags: planning + [
      .override, .because, .yes, .confirm, .approve, .deny, .verbose, .onInterrupt, .rehearse,
    ]
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
    try Plan.refuseDiagnosis(workspace.planner.runbook)
    return try await workspace.closingAfter {
      if arguments.has(.yes) {
        let runbook = workspace.planner.runbook
        return try await workspace.holdingCluster(acts: runbook.acts && runbook.needsCluster, session) {
          hold in
          let plan = try await workspace.plan()
          session.say(try plan.shown(.text, digest: plan.digest().hex, paint: session.paint))
          if plan.isApplicable { try plan.refuseWithoutApproval() }
          // What is refused needs no phrase, and one that was given is not wrong for that.
          let confirmed = plan.isApplicable ? try session.confirmDanger(plan.dangerPhrases, arguments) : []
          return try await workspace.apply(plan, as: hold, confirmed: confirmed, arguments, session)
        }
      }
      let plan = try await workspace.plan()
      let digest = try plan.digest().hex
      session.say(try plan.shown(.text, digest: digest, paint: session.paint))
      if plan.isApplicable { try plan.refuseWithoutApproval() }
      // A person may take their time: the cluster is held only once they have answered.
      if plan.isApplicable, plan.changesSomething { try session.confirm() }
      let confirmed = plan.isApplicable ? try session.confirmDanger(plan.dangerPhrases, arguments) : []
      return try await workspace.holdingCluster(acts: plan.changesNodes, session) { hold in
        let fresh = plan.changesSomething ? try await workspace.planAgain(as: PlanFile(plan)) : plan
        return try await workspace.apply(fresh, as: hold, confirmed: confirmed, arguments, session)
      }
    }
  }

  static let apply = Command(
    name: "apply", usage: "FILE", summary: "apply a saved plan, or refuse and say what has changed since",
    flags: [
      .set, .forks, .timeout, .yes, .confirm, .approve, .deny, .json, .verbose, .onInterrupt, .rehearse,
    ]
  ) { arguments, session in
    guard arguments.positionals.count == 1 else { throw UsageError("belay apply needs one plan file") }
    let file = try PlanFile.read(arguments.positionals[0])
    let workspace = try Workspace(again: file.plan, arguments, session)
    try workspace.refuseOlderRule(than: file.plan)
    let signatures = try await file.requiredSignatures(at: arguments.positionals[0])
    let confirmed = try session.confirmDanger(file.plan.dangerPhrases, arguments)
    return try await workspace.closingAfter {
      try await workspace.holdingCluster(acts: file.plan.changesNodes, session) { hold in
        let fresh = try await workspace.planAgain(as: file)
        return try await workspace.apply(
          fresh, as: hold, signatures: signatures, confirmed: confirmed, arguments, session)
      }
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

extension Session {
  /// Returns once a person has said yes to the plan they were shown.
  fileprivate func confirm() throws {
    guard canAsk else {
      throw Stop(
        .usage, "there is no terminal to ask on", help: "review it with `belay plan`, then add --yes")
    }
    guard ask("Apply this plan? Type yes:") else { throw Stop(.refused, "not applied, nothing was changed") }
  }
}
