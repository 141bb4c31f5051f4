import Expressions
import Model

/// One planning in progress: the scope it looks things up in and the problems it met.
struct PlanDraft {
  let planner: Planner
  let facts: PlanningFacts
  /// What the step in hand sees.
  private(set) var scope: Scope
  var diagnostics: [Diagnostic] = []
  var refusals: [Plan.Refusal] = []
  /// Files as the acts planned so far leave them.
  var written: [FilePlace: PreviousFile] = [:]
  /// Copies, likewise: a plan knows their digests only.
  var copied: [FilePlace: PathSight] = [:]
  /// Services, likewise.
  var services: [Sight: ServiceStatus] = [:]
  var expanded: [ExpandedStep] = []
  /// Inputs of called runbooks, for what only the cluster can say of them.
  var checkedInputs: [(declaration: InputDeclaration, value: InputValue)] = []
  /// Looked up for every task: lists of a thousand nodes are searched by nobody.
  let nodeNames: Set<NodeName>
  let memberNames: Set<NodeName>
  private let outermost: Scope
  private let runbookStart: SourceLocation
  private var acts: Set<StepID> = []
  private var followers: Set<StepID> = []

  init(planner: Planner, facts: PlanningFacts) {
    self.planner = planner
    self.facts = facts
    scope = Scope(planner, facts)
    outermost = scope
    nodeNames = Set((planner.cluster?.nodes ?? []).map(\.name))
    // Without a system there is nothing to observe, and the inventory is believed.
    // So it is when nobody agrees on the members: that is when a diagnosis is needed most.
    let membership = facts.observation?.membership
    let isBelieved = planner.system == nil || planner.runbook.isDiagnosis && membership == nil
    memberNames = Set(
      isBelieved
        ? (planner.cluster?.nodes ?? []).filter { $0.state == .member }.map(\.name)
        : membership?.members.compactMap(\.node) ?? [])
    runbookStart = planner.runbook.location
  }

  /// All that loops and calls stand for written out, in an order in which it may run.
  mutating func steps() -> [PlannedStep] {
    expandSteps()
    guard let graph = StepGraph(expanded.map { (id: $0.step.id, needs: $0.needs) }) else { return [] }
    let byID = Dictionary(expanded.map { ($0.step.id, $0) }) { first, _ in first }
    return graph.order.compactMap { id in byID[id].map { planned($0) } }
  }

  mutating func enter(_ locals: StepLocals?) { scope = outermost.inside(locals) }

  mutating func notePlace(of step: StepID, after needs: [StepID], acts isAct: Bool) {
    if isAct { acts.insert(step) }
    if needs.contains(where: { acts.contains($0) || followers.contains($0) }) { followers.insert(step) }
  }

  /// Whether something may have changed by the time this step's turn comes.
  func followsAnAct(_ step: Step) -> Bool { followsAnAct(step.id) }
  func followsAnAct(_ step: StepID) -> Bool { followers.contains(step) }

  mutating func complain(_ code: String, _ message: String, at place: SourceLocation, help: String? = nil) {
    diagnostics.append(Diagnostic(.error, code, message, at: place, help: help))
  }

  private mutating func planned(_ expanded: ExpandedStep) -> PlannedStep {
    let step = expanded.step
    enter(expanded.locals)
    var result = PlannedStep(
      id: step.id, role: step.role, title: title(of: step), needs: expanded.needs,
      condition: expanded.skipped.map { .skipped(because: $0) } ?? condition(of: step), tasks: [],
      parse: step.parse, expect: step.expect?.text,
      out: Dictionary(step.out.map { ($0.name, $0.query.text) }) { first, _ in first },
      poll: step.poll.flatMap { poll($0) }, timeoutSeconds: 60, effect: nil, undo: .nothing,
      landed: step.landed?.text, isIdempotent: step.idempotent,
      retries: step.retries.map { retries($0) }, locals: expanded.locals,
      source: "\(step.location.file):\(step.location.line)")
    if let timeout = step.timeout, let seconds = seconds(timeout, at: step.location) {
      result.timeoutSeconds = seconds
    }
    // A step that will not run may speak of nodes that are not there.
    if case .skipped = result.condition { return result }
    result.effect = step.effect.flatMap { effect($0) }
    result.tasks = tasks(of: step)
    result.tolerates = step.maxFailures?.count(of: result.tasks.count) ?? 0
    result.danger = dangers(of: step, expanded.dangers, result.tasks)
    result.undo = undo(of: step)
    return result
  }

  private mutating func title(of step: Step) -> String {
    let template = TextTemplate.parse(step.title.text).template
    return template.render { scope.text(at: $0.path) ?? "${\($0.text)}" }
  }

  private mutating func condition(of step: Step) -> PlannedStep.Condition {
    step.when.map { condition($0, isSettled: !followsAnAct(step)) } ?? .always
  }

  /// `isSettled`: nothing can change any more before its turn comes.
  mutating func condition(_ when: ScalarText, isSettled: Bool) -> PlannedStep.Condition {
    do {
      let query = try Query.compile(when.text)
      let settled: Set<String> = ["before", "inputs"]
      guard isSettled || query.variables.allSatisfy({ settled.contains($0.name) }) else {
        return .when(when.text)
      }
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
    let progress = poll.progress.map { progress in
      PlannedPoll.Progress(
        left: progress.left.text,
        stalledSeconds: progress.stalled.flatMap { seconds($0, at: runbookStart) } ?? 30)
    }
    return PlannedPoll(
      withinSeconds: within, everySeconds: every, steady: poll.steady, progress: progress)
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
        scope.text(at: $0.path) ?? "${\($0.text)}"
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
    case .covered(let by):
      let own = step.id.rawValue.split(separator: ".").dropLast() + [Substring(by.value.rawValue)]
      return .covered(by: StepID(own.joined(separator: ".")))
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
