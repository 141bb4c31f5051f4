import Expressions
import Model

/// A step as it will stand in the plan: what loops and calls stand for is written out.
struct ExpandedStep {
  /// Under its name in the plan.
  var step: Step
  var needs: [StepID]
  var locals: StepLocals?
  /// Why it will not run, when that was decided for all of a loop or a call.
  var skipped: String?
  /// What the called runbooks that it belongs to put at stake.
  var dangers: [String]
}

extension PlanDraft {
  /// A loop of twenty steps over a thousand nodes; a bound for runbooks that use one another.
  private static let stepLimit = 20_000

  /// Where a list of steps stands: what was before it, and what its steps see.
  private struct Frame {
    var prefix = ""
    var entry: [StepID] = []
    var locals: StepLocals?
    var skipped: String?
    var dangers: [String] = []
  }

  private struct Expansion {
    /// All that must be done before something may follow.
    var exits: [StepID]
    var names: [String: StepID]
  }

  mutating func expandSteps() {
    _ = expand(planner.runbook.steps, Frame())
    if expanded.count > Self.stepLimit {
      complain(
        "too-many-steps", "written out, the runbook has more than \(Self.stepLimit) steps",
        at: planner.runbook.location)
    }
  }

  private mutating func expand(_ steps: [Step], _ outer: Frame) -> Expansion {
    guard let graph = StepGraph(steps.map { (id: $0.id, needs: $0.needs?.map(\.value)) }) else {
      complain("cycle", "the steps' needs form a cycle", at: planner.runbook.location)
      return Expansion(exits: outer.entry, names: [:])
    }
    var frame = outer
    var names: [String: StepID] = [:]
    for step in steps where !step.isLoop { names[step.id.rawValue] = StepID(outer.prefix + step.id.rawValue) }
    if frame.locals != nil { frame.locals?.steps.merge(names) { _, own in own } }
    var exits: [StepID: [StepID]] = [:]
    let byID = Dictionary(steps.map { ($0.id, $0) }) { first, _ in first }
    for id in graph.order {
      guard let step = byID[id], expanded.count <= Self.stepLimit else { continue }
      let needs = graph.needs[id] ?? []
      var inner = frame
      inner.entry = needs.isEmpty ? outer.entry : needs.flatMap { exits[$0] ?? [] }.withoutRepetitions
      exits[id] = expand(step, inner)
    }
    let needed = Set(graph.needs.values.joined())
    let ends = steps.map(\.id).filter { !needed.contains($0) }
    return Expansion(exits: ends.flatMap { exits[$0] ?? [] }.withoutRepetitions, names: names)
  }

  private mutating func expand(_ step: Step, _ frame: Frame) -> [StepID] {
    switch step.body {
    case .loop(let loop): return expand(loop, of: step, frame)
    case .call(let call): return expand(call, of: step, frame)
    default: return [add(step, frame)]
    }
  }

  private mutating func add(_ step: Step, _ frame: Frame) -> StepID {
    var step = step
    step.id = StepID(frame.prefix + step.id.rawValue)
    expanded.append(
      ExpandedStep(
        step: step, needs: frame.entry, locals: frame.locals, skipped: frame.skipped,
        dangers: step.role == .act ? frame.dangers : []))
    notePlace(of: step.id, after: frame.entry, acts: step.role == .act)
    return step.id
  }

  private mutating func expand(_ loop: StepLoop, of step: Step, _ outer: Frame) -> [StepID] {
    var frame = outer
    frame.prefix = "\(outer.prefix)\(step.id)."
    frame.skipped = outer.skipped ?? skipReason(of: step, outer)
    var place = step
    place.id = StepID(frame.prefix)
    notePlace(of: place.id, after: outer.entry, acts: false)
    enter(outer.locals)
    let nodes = nodes(loop.over.value, at: loop.over.location, in: place)
    for batch in loop.serial.batches(of: nodes) {
      var done: [StepID] = []
      for node in batch {
        var copy = frame
        copy.prefix = "\(frame.prefix)\(node)."
        var locals = outer.locals ?? StepLocals(inputs: planner.inputs, steps: [:])
        locals.inputs[loop.variable] = .node(node)
        copy.locals = locals
        done += expand(loop.steps, copy).exits
      }
      frame.entry = done.withoutRepetitions
    }
    return frame.entry
  }

  private mutating func expand(_ call: RunbookCall, of step: Step, _ outer: Frame) -> [StepID] {
    var frame = outer
    frame.prefix = "\(outer.prefix)\(step.id)."
    frame.skipped = outer.skipped ?? skipReason(of: step, outer)
    enter(outer.locals)
    frame.locals = StepLocals(inputs: inputs(of: call), steps: [:])
    enter(frame.locals)
    frame.dangers += call.runbook.danger.map { [phrase($0, in: scope)] } ?? []
    let expansion = expand(call.runbook.steps, frame)
    guard !step.out.isEmpty else { return expansion.exits }
    var closing = outer
    closing.entry = expansion.exits
    closing.locals = frame.locals
    closing.locals?.steps = expansion.names
    closing.skipped = frame.skipped
    let results = Step(
      id: step.id, role: .diagnose,
      title: ScalarText("What \(call.name.value) found", at: step.location), location: step.location,
      out: step.out)
    return [add(results, closing)]
  }

  /// Why a loop or a call does not run; what may decide it is known while planning.
  private mutating func skipReason(of step: Step, _ frame: Frame) -> String? {
    enter(frame.locals)
    guard let when = step.when, case .skipped(let because) = condition(when, isSettled: true) else {
      return nil
    }
    return because
  }

  private mutating func inputs(of call: RunbookCall) -> [String: InputValue] {
    let given = Dictionary(call.arguments.map { ($0.name.value, $0.value) }) { first, _ in first }
    var values: [String: InputValue] = [:]
    for input in call.runbook.inputs {
      let standard = input.defaultText.flatMap { InputValue($0, for: input) }
      guard let value = given[input.name].flatMap({ value(of: $0, for: input) }) ?? standard else { continue }
      values[input.name] = value
      checkedInputs.append((input, value))
    }
    return values
  }

  private mutating func value(of text: ScalarText, for input: InputDeclaration) -> InputValue? {
    let template = TextTemplate.parse(text.text).template
    // An input is handed over as it is, nodes among them.
    if case .reference(let reference, _, _)? = template.parts.first, template.parts.count == 1,
      let name = reference.path.first, reference.path.count == 1, let value = scope.inputs[name]
    {
      if value.nodes.isEmpty == !input.type.isOfNodes { return value }
    }
    let written = template.render { scope.text(at: $0.path) ?? "" }
    let value = InputValue(written, for: input)
    if value == nil {
      complain(
        "bad-argument", "\(input.name) of the runbook that is used cannot be \"\(written)\"",
        at: text.location)
    }
    for name in value?.nodes ?? [] where known(name, at: text.location) == nil { return nil }
    return value
  }
}

extension Step {
  fileprivate var isLoop: Bool { if case .loop = body { true } else { false } }
}

extension [StepID] {
  fileprivate var withoutRepetitions: [StepID] {
    var seen: Set<StepID> = []
    return filter { seen.insert($0).inserted }
  }
}
