import Model

/// What `${…}` and `$…` can name at one place of a runbook, and what is wrong with a path that names
/// something else.
struct Scope {
  /// Names with a meaning of their own: no input or loop variable may take them.
  static let reservedNames: Set<String> = [
    "here", "leader", "cluster", "before", "inputs", "steps", "each", "run", "ENV", "__loc__",
  ]
  /// What every node has, whatever its system and inventory say.
  static let builtInNodeFields: Set<String> = ["name", "address", "state", "member"]

  enum Spelling {
    case reference, variable

    func write(_ name: String) -> String { self == .reference ? "${\(name)}" : "$\(name)" }
  }

  /// When an expression is evaluated: once for the step, on each of its nodes, or to undo it there.
  enum Moment { case step, task, undo }

  struct Problem {
    var severity = Diagnostic.Severity.error
    var code: String
    var message: String
    var help: String?
  }

  /// Whether `${token}` may name a secret.
  var allowsSecrets = false

  /// Nil for what belongs to the whole runbook.
  private let step: Step?
  private let inputs: [InputDeclaration]
  private let context: RuleContext
  private let isOnANode: Bool
  private let moment: Moment
  /// What is there besides inputs, loop variables and the step's own node.
  private let fixed: [String]
  /// After every step of a diagnosis: what each of them gave.
  private let everyOutput: [StepID: [String]]?

  /// Before any step: what the operator gave.
  init(inputsOf runbook: Runbook, _ context: RuleContext) {
    self.init(runbook, context, fixed: ["inputs"], everyOutput: [:])
  }

  /// After every step of a diagnosis.
  init(findingsOf runbook: Runbook, _ context: RuleContext) {
    let outputs = runbook.steps.map { ($0.id, $0.out.map(\.name) + ["ok", "problem", "nodes"]) }
    self.init(
      runbook, context, fixed: ["cluster", "inputs", "it", "nodes", "steps"],
      everyOutput: Dictionary(outputs) { first, _ in first })
  }

  private init(
    _ runbook: Runbook, _ context: RuleContext, fixed: [String], everyOutput: [StepID: [String]]
  ) {
    step = nil
    inputs = runbook.inputs
    self.context = context
    moment = .step
    isOnANode = false
    self.fixed = fixed
    self.everyOutput = everyOutput
  }

  init(_ step: Step, in runbook: Runbook, _ context: RuleContext, moment: Moment) {
    self.step = step
    self.inputs = runbook.inputs
    self.context = context
    self.moment = moment
    self.isOnANode = moment != .step
    self.fixed = ["leader", "cluster", "before", "inputs", "steps", "run"]
    self.everyOutput = nil
  }

  private var outputs: [StepID: [String]] { everyOutput ?? context.outputs }

  /// Steps whose outputs are certain to be there.
  private var finished: Set<StepID> {
    guard let step else { return Set(outputs.keys) }
    let known = context.graph.ancestors(of: step.id).union(context.outside.keys)
    // What undoes a step knows what the step gave.
    return moment == .undo ? known.union([step.id]) : known
  }

  // MARK: Names

  /// Those that queries see under their own names.
  var nodeInputs: [String] { inputs.filter { $0.isNode || $0.isNodes }.map(\.name) }
  var loopVariables: [String] { isOnANode ? step?.each.map { [$0.variable] } ?? [] : [] }

  private func roots(_ spelling: Spelling) -> [String] {
    let loop = loopVariables.isEmpty || spelling == .reference ? [] : ["each"]
    let own = (spelling == .reference ? inputs.map(\.name) : nodeInputs) + loopVariables
    // Without an input of that name, `node` is another word for `here`.
    let place = (hasPlace ? ["here", "node"] : []).filter { !own.contains($0) }
    return own + place + fixed + loop
  }

  /// Whether the step runs on a node that `here` can mean.
  private var hasPlace: Bool {
    guard isOnANode, let at = step?.at?.value else { return false }
    return at != .controller
  }

  // MARK: Judging a path

  func problem(with path: [String], _ spelling: Spelling) -> Problem? {
    guard let root = path.first, !context.unreadableInputs.contains(root) else { return nil }
    let rest = path.dropFirst()
    if let problem = secretProblem(path) { return problem }
    guard roots(spelling).contains(root) else { return unknownRoot(root, spelling) }
    switch root {
    case "cluster", "before", "run": return nil
    case "it" where fixed.contains("it"), "nodes" where fixed.contains("nodes"): return nil
    case "inputs": return inputProblem(rest)
    case "steps": return stepProblem(rest)
    default:
      let isPlain = inputs.contains { $0.name == root && !$0.isNode } && !loopVariables.contains(root)
      return isPlain ? plainInputProblem(rest, of: root) : fieldProblem(rest)
    }
  }

  private func secretProblem(_ path: [String]) -> Problem? {
    let name = path.first == "inputs" ? path.dropFirst().first : path.first
    guard !allowsSecrets, let name, inputs.contains(where: { $0.name == name && $0.type == .secret }),
      !loopVariables.contains(name)
    else { return nil }
    return Problem(
      code: "secret-in-command",
      message:
        "the secret \(quoted(name)) would be seen here: in the plan, the journal or a list of processes",
      help: "a secret may stand in the content of a \"file:\" and in \"stdin:\" of a command")
  }

  private func unknownRoot(_ root: String, _ spelling: Spelling) -> Problem {
    let written = spelling.write(root)
    if spelling == .variable, inputs.contains(where: { $0.name == root }) {
      return Problem(
        code: "unknown-variable", message: "\(written) is not bound: only inputs of type node or nodes are",
        help: "write $inputs.\(root)")
    }
    if root == "here" || root == "node" {
      return Problem(
        code: "no-place", message: "\(written) is the node a step runs on, and there is none here",
        help: "name an input of type node\(isOnANode ? ", or add \"at:\" to the step" : "")")
    }
    return unknownName(root, spelling, among: roots(spelling))
  }

  private func inputProblem(_ path: ArraySlice<String>) -> Problem? {
    guard let name = path.first, !context.unreadableInputs.contains(name) else { return nil }
    guard let input = inputs.first(where: { $0.name == name }) else {
      return Problem(
        code: "unknown-input", message: "there is no input \(quoted(name))",
        help: didYouMean(name, among: inputs.map(\.name)))
    }
    let rest = path.dropFirst()
    return input.isNode ? fieldProblem(rest) : plainInputProblem(rest, of: name)
  }

  private func plainInputProblem(_ path: ArraySlice<String>, of name: String) -> Problem? {
    guard let field = path.first else { return nil }
    if inputs.contains(where: { $0.name == name && $0.isNodes }) {
      return Problem(
        code: "no-fields",
        message: "the input \(quoted(name)) is a list of nodes, so it has no \(quoted(field))",
        help: "take one step for each of them: each: { one: ${\(name)} }")
    }
    return Problem(
      code: "no-fields", message: "the input \(quoted(name)) is no node, so it has no \(quoted(field))")
  }

  private func stepProblem(_ path: ArraySlice<String>) -> Problem? {
    guard let name = path.first else { return nil }
    let id = StepID(name)
    guard context.isWritten(id) || outputs[id] != nil else {
      return Problem(
        code: "unknown-step", message: "there is no step \(quoted(name))",
        help: didYouMean(name, among: finished.map(\.rawValue).sorted()))
    }
    guard finished.contains(id) else {
      return Problem(
        code: "step-not-done",
        message:
          "the step \(quoted(name)) is not certain to be done before \(step.map { quoted($0.id.rawValue) } ?? "this")",
        help: "add it to \"needs\", or move it above")
    }
    guard let output = path.dropFirst().first, let known = outputs[id], !known.contains(output) else {
      return nil
    }
    return Problem(
      code: "unknown-output", message: "the step \(quoted(name)) has no output \(quoted(output))",
      help: didYouMean(output, among: known) ?? "add it under \"out:\" of that step")
  }

  /// Fields of a node come from its system and its inventory; what is not known is not judged.
  private func fieldProblem(_ path: ArraySlice<String>) -> Problem? {
    guard let field = path.first, let system = context.known.system else { return nil }
    return unknownField(
      field, of: system.name, among: context.nodeFields, isSure: context.known.clusters != nil)
  }
}

extension InputDeclaration {
  var isNode: Bool { if case .node = type { true } else { false } }
  var isNodes: Bool { if case .nodes = type { true } else { false } }
}
