import Model

/// What `${…}` and `$…` can name at one place of a runbook, and what is wrong with a path that names
/// something else.
struct Scope {
  /// Names with a meaning of their own: no input or loop variable may take them.
  static let reservedNames: Set<String> = [
    "here", "leader", "cluster", "before", "inputs", "steps", "each", "run", "member", "ENV", "__loc__",
  ]
  /// What every node has, whatever its system and inventory say.
  static let builtInNodeFields: Set<String> = ["name", "address", "state", "member"]

  enum Spelling { case reference, variable }

  struct Problem {
    var severity = Diagnostic.Severity.error
    var code: String
    var message: String
    var help: String?
  }

  private let step: Step
  private let inputs: [InputDeclaration]
  private let context: RuleContext
  /// Steps whose outputs are certain to be there.
  private let finished: Set<StepID>
  private let outputs: [StepID: [String]]

  /// `includingOwnOutputs`: in a rollback the step itself is done too.
  init(_ step: Step, in runbook: Runbook, _ context: RuleContext, includingOwnOutputs: Bool = false) {
    self.step = step
    self.inputs = runbook.inputs
    self.context = context
    let ancestors = context.graph.ancestors(of: step.id)
    self.finished = includingOwnOutputs ? ancestors.union([step.id]) : ancestors
    self.outputs = Dictionary(runbook.steps.map { ($0.id, $0.out.map(\.name)) }) { first, _ in first }
  }

  // MARK: Names

  var nodeInputs: [String] { inputs.filter(\.isNode).map(\.name) }
  var loopVariables: [String] { step.each.map { [$0.variable] } ?? [] }

  private func roots(_ spelling: Spelling) -> [String] {
    let fixed = ["leader", "cluster", "before", "inputs", "steps", "run"]
    let loop = step.each == nil || spelling == .reference ? [] : ["each"]
    let place = hasPlace ? ["here", "node"] : []
    let own = spelling == .reference ? inputs.map(\.name) : nodeInputs
    return own + loopVariables + place + fixed + loop
  }

  /// Whether the step runs on a node that `here` can mean.
  private var hasPlace: Bool {
    guard let at = step.at?.value else { return false }
    return at != .controller
  }

  // MARK: Judging a path

  func problem(with path: [String], _ spelling: Spelling) -> Problem? {
    guard let root = path.first, !context.unreadableInputs.contains(root) else { return nil }
    let rest = path.dropFirst()
    guard roots(spelling).contains(root) else { return unknownRoot(root, spelling) }
    switch root {
    case "cluster", "before", "run": return nil
    case "inputs": return inputProblem(rest)
    case "steps": return stepProblem(rest)
    default:
      if ["leader", "here", "each", "node"].contains(root) { return fieldProblem(rest) }
      if loopVariables.contains(root) || nodeInputs.contains(root) { return fieldProblem(rest) }
      return plainInputProblem(rest, of: root)
    }
  }

  private func unknownRoot(_ root: String, _ spelling: Spelling) -> Problem {
    let written = spelling == .reference ? "${\(root)}" : "$\(root)"
    if spelling == .variable, inputs.contains(where: { $0.name == root }) {
      return Problem(
        code: "unknown-variable", message: "\(written) is not bound: only inputs of type node are",
        help: "write $inputs.\(root)")
    }
    if root == "here" || root == "node" {
      return Problem(
        code: "no-place", message: "\(written) is the node a step runs on, and this step runs on none",
        help: "add \"at:\", or name an input of type node")
    }
    let candidates = roots(spelling)
    let list = candidates.map { spelling == .reference ? $0 : "$\($0)" }.joined(separator: ", ")
    let near = suggestion(for: root, among: candidates)
    let meant = near.map { "did you mean \(spelling == .reference ? "${\($0)}" : "$\($0)")?" }
    return Problem(
      code: spelling == .reference ? "unknown-name" : "unknown-variable",
      message: "there is no \(written) here", help: meant ?? "known here: \(list)")
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
    return Problem(
      code: "no-fields", message: "the input \(quoted(name)) is no node, so it has no \(quoted(field))")
  }

  private func stepProblem(_ path: ArraySlice<String>) -> Problem? {
    guard let name = path.first else { return nil }
    let id = StepID(name)
    guard context.isWritten(id) else {
      return Problem(
        code: "unknown-step", message: "there is no step \(quoted(name))",
        help: didYouMean(name, among: finished.map(\.rawValue).sorted()))
    }
    guard finished.contains(id) else {
      return Problem(
        code: "step-not-done",
        message: "the step \(quoted(name)) is not certain to be done before \"\(step.id)\"",
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
    let known = context.nodeFields
    guard !known.contains(field) else { return nil }
    return Problem(
      // Without an inventory, the field may still be one of its variables.
      severity: context.known.clusters == nil ? .warning : .error,
      code: "unknown-field", message: "a node of \(system.name) has no \(quoted(field))",
      help: didYouMean(field, among: known.sorted())
        ?? "a node has \(known.sorted().joined(separator: ", ")); add more under \"node:\" of its system or \"vars:\""
    )
  }
}

extension InputDeclaration {
  var isNode: Bool { if case .node = type { true } else { false } }
}
