import Expressions
import Model

/// One planning in progress: the scope it looks things up in and the problems it met.
struct PlanDraft {
  let planner: Planner
  let facts: PlanningFacts
  let graph: StepGraph
  var scope: Scope
  var diagnostics: [Diagnostic] = []
  var refusals: [Plan.Refusal] = []
  /// Files as the acts planned so far leave them.
  var written: [FilePlace: PreviousFile] = [:]
  private let stepsByID: [StepID: Step]
  private let runbookStart: SourceLocation

  init(planner: Planner, facts: PlanningFacts, graph: StepGraph) {
    self.planner = planner
    self.facts = facts
    self.graph = graph
    scope = Scope(
      nodes: planner.nodeValues, inputs: planner.inputs, before: facts.observation, now: facts.observation)
    for (step, result) in facts.results {
      if case .passed(let out) = result { scope.steps[step] = out }
    }
    stepsByID = Dictionary(uniqueKeysWithValues: planner.runbook.steps.map { ($0.id, $0) })
    runbookStart = planner.runbook.location
  }

  mutating func steps() -> [PlannedStep] {
    graph.order.compactMap { id in stepsByID[id].map { planned($0) } }
  }

  /// Whether something may have changed by the time this step's turn comes.
  func followsAnAct(_ step: Step) -> Bool {
    graph.ancestors(of: step.id).contains { stepsByID[$0]?.role == .act }
  }

  mutating func complain(_ code: String, _ message: String, at place: SourceLocation, help: String? = nil) {
    diagnostics.append(Diagnostic(.error, code, message, at: place, help: help))
  }

  private mutating func planned(_ step: Step) -> PlannedStep {
    let condition = condition(of: step)
    var result = PlannedStep(
      id: step.id, role: step.role, title: title(of: step), needs: graph.needs[step.id] ?? [],
      condition: condition, tasks: [], parse: step.parse, expect: step.expect?.text,
      out: Dictionary(step.out.map { ($0.name, $0.query.text) }) { first, _ in first },
      poll: step.poll.flatMap { poll($0) }, timeoutSeconds: 60, effect: nil, undo: .nothing,
      landed: step.landed?.text, isIdempotent: step.idempotent,
      retries: step.retries.map { retries($0) },
      source: "\(step.location.file):\(step.location.line)")
    if let timeout = step.timeout, let seconds = seconds(timeout, at: step.location) {
      result.timeoutSeconds = seconds
    }
    // A step that will not run may speak of nodes that are not there.
    if case .skipped = condition { return result }
    result.effect = step.effect.flatMap { effect($0) }
    result.tasks = tasks(of: step)
    result.undo = undo(of: step)
    return result
  }

  private mutating func title(of step: Step) -> String {
    let template = TextTemplate.parse(step.title.text).template
    return template.render { scope.value(at: $0.path)?.asText ?? "${\($0.text)}" }
  }

  private mutating func condition(of step: Step) -> PlannedStep.Condition {
    guard let when = step.when else { return .always }
    do {
      let query = try Query.compile(when.text)
      let settled: Set<String> = ["before", "inputs"]
      let isSettled = !followsAnAct(step) || query.variables.allSatisfy { settled.contains($0.name) }
      guard isSettled else { return .when(when.text) }
      return try query.isTrue(.null, scope.bindings) ? .always : .skipped(because: "when: \(when.text)")
    } catch {
      complain("query", error.message, at: when.location(atByte: error.offset), help: error.help)
      return .always
    }
  }

  mutating func effect(_ effect: Effect) -> PlannedEffect? {
    node(of: effect.target).map { PlannedEffect(kind: effect.kind, node: $0) }
  }

  private mutating func poll(_ poll: Poll) -> PlannedPoll? {
    guard let within = seconds(poll.within, at: runbookStart) else { return nil }
    let every = poll.every.flatMap { seconds($0, at: runbookStart) } ?? 1
    return PlannedPoll(withinSeconds: within, everySeconds: every, steady: poll.steady)
  }

  private mutating func retries(_ retries: Retries) -> PlannedRetries {
    let every = retries.every.flatMap { seconds($0, at: runbookStart) } ?? 1
    return PlannedRetries(times: retries.times, everySeconds: every)
  }

  private mutating func seconds(_ duration: DurationText, at place: SourceLocation) -> Double? {
    switch duration {
    case .literal(let duration): return duration.inSeconds
    case .reference(let text):
      let written = TextTemplate.parse(text.text).template.render {
        scope.value(at: $0.path)?.asText ?? "${\($0.text)}"
      }
      guard let duration = Duration(written: written) else {
        complain(
          "duration", "\"\(written)\" is not a duration", at: text.location, help: "write 30s, 2m or 1h")
        return nil
      }
      return duration.inSeconds
    }
  }

  private mutating func undo(of step: Step) -> PlannedUndo {
    guard let rollback = step.rollback else { return .nothing }
    switch rollback {
    case .implied: return ownUndo(of: step)
    case .covered(let by): return .covered(by: by.value)
    case .none(let because): return .none(because: because)
    case .command(let undo):
      let place = undo.at.flatMap { places(of: $0, in: step).first }
      return .commands(effect: undo.effect.flatMap { effect($0) }, place: place)
    }
  }

  /// A stop is undone by a start and the other way round: guards judge the way back too.
  private mutating func ownUndo(of step: Step) -> PlannedUndo {
    if case .file = step.body { return .restoreFile }
    if case .own(.edit) = step.body { return .restoreFile }
    let opposites: [Effect.Kind: Effect.Kind] = [.stop: .start, .start: .stop]
    let effect = step.effect.flatMap { self.effect($0) }
    return .restore(
      effect: effect.flatMap { effect in
        opposites[effect.kind].map { PlannedEffect(kind: $0, node: effect.node) }
      })
  }
}
