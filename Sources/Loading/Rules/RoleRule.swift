import Model

/// Each role has the parts it needs, and none that mean nothing in it.
func roleRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  runbook.steps.filter { !context.isBrokenComposite($0) }.flatMap { step in
    step.isComposite
      ? misplacedInComposite(step, context) : misplaced(in: step, context) + absent(from: step, context)
  }
}

/// A step that stands for others has what says when, for whom and how many at a time; the rest is theirs.
private func misplacedInComposite(_ step: Step, _ context: RuleContext) -> [Diagnostic] {
  var own = ["for", "serial", "steps", "needs", "when"]
  var kind = "for"
  if case .call = step.body {
    kind = "use"
    own = ["use", "with", "out", "needs", "when"]
  }
  return context.keys(of: step).filter { !own.contains($0) }.map { key in
    Diagnostic(
      .error, "misplaced-key", "\"\(key)\" has no place in a step with \"\(kind)\"",
      at: context.place(of: key, in: step),
      help: "such a step has \(own.joined(separator: ", ")); what is done stands in the steps it stands for")
  }
}

private func misplaced(in step: Step, _ context: RuleContext) -> [Diagnostic] {
  let ownUndo = step.body.ownUndoKey
  var hasBody = true
  if case .query = step.body { hasBody = false }
  let hasOwnUndo = if case .implied? = step.rollback { false } else { step.rollback != nil }

  let acting = [
    ("effect", step.effect != nil), ("rollback", hasOwnUndo), ("landed", step.landed != nil),
    ("idempotent", step.idempotent), (ownUndo ?? "file", ownUndo != nil), ("retries", step.retries != nil),
  ]
  let asking = [("within", step.poll != nil)]
  let running = [
    ("run", hasBody && ownUndo == nil), ("expect", step.expect != nil), ("out", !step.out.isEmpty),
    ("each", step.each != nil),
  ]
  func refuse(_ parts: [(key: String, isThere: Bool)], _ help: String) -> [Diagnostic] {
    parts.filter(\.isThere).map { part in
      Diagnostic(
        .error, "wrong-role",
        "\"\(part.key)\" has no place in the \(step.role.rawValue) step \"\(step.id)\"",
        at: context.place(of: part.key, in: step), help: help)
    }
  }
  switch step.role {
  case .act:
    return refuse(asking, "an act runs once; poll in a verify step after it")
      + refuse(
        [("rollback", ownUndo != nil && hasOwnUndo && !step.mayForgoItsUndo)],
        ownUndo == "file"
          ? "\"file\" is undone by putting the old file back; remove \"rollback\""
          : "\"\(ownUndo ?? "")\" brings its own undo; remove \"rollback\"")
  case .diagnose, .verify:
    return refuse(acting, "a \(step.role.rawValue) step only reads; make it an act")
  case .approve:
    let polling = [
      ("at", step.at != nil), ("every", step.poll?.every != nil), ("steady", (step.poll?.steady ?? 1) > 1),
    ]
    return refuse(acting + polling + running, "an approve step only waits for a person")
  }
}

private func absent(from step: Step, _ context: RuleContext) -> [Diagnostic] {
  func missing(_ key: String, _ message: String, _ help: String) -> [Diagnostic] {
    guard !context.isUnreadable(key, in: step) else { return [] }
    return [
      Diagnostic(
        .error, "missing-\(key)", "the \(step.role.rawValue) step \"\(step.id)\" \(message)",
        at: step.location, help: help)
    ]
  }
  var hasBody = bodyKeys.contains { context.isUnreadable($0, in: step) }
  if case .query = step.body {} else { hasBody = true }

  switch step.role {
  case .approve:
    return []
  case .act where !hasBody:
    return missing("run", "does nothing", "add \"run:\" with a command, or \"file:\"")
  case .verify where step.expect == nil && !hasBody:
    return missing("expect", "does not say what must be true", "add \"expect:\" with a jq query, or \"run:\"")
  case .diagnose where !hasBody && step.expect == nil && step.out.isEmpty:
    return missing("run", "asks nothing", "add \"run:\" with a command, or \"expect:\" with a query")
  case _ where hasBody && step.at == nil:
    return missing(
      "at", "runs something but does not say where",
      "add \"at:\" with nodes such as ${node}, leader or members, or with controller")
  default: return []
  }
}

/// The keys that say what a step does.
let bodyKeys = ["run", "file", "service", "copy", "move-aside", "wipe"]

extension StepBody {
  /// The key of an act that brings its own undo.
  var ownUndoKey: String? {
    switch self {
    case .file: "file"
    case .own(let act): act.key
    case .run, .query, .loop, .call: nil
    }
  }
}

extension Step {
  /// For an earlier act's, or as a wipe without an archive.
  fileprivate var mayForgoItsUndo: Bool {
    switch (rollback, body) {
    case (.covered?, _): true
    case (.none?, .own(.wipe(let act))): act.archive == nil
    default: false
    }
  }
}
