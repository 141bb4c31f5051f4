import Expressions
import Model

/// What is handed to another runbook are its inputs, all that it needs and of their types.
func callRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  runbook.steps.flatMap { step -> [Diagnostic] in
    guard case .call(let call) = step.body else { return [] }
    return foreignSystem(call, of: runbook) + call.arguments.flatMap { problem(with: $0, of: call, runbook) }
      + missing(call, step, context)
  }
}

private func foreignSystem(_ call: RunbookCall, of runbook: Runbook) -> [Diagnostic] {
  guard let system = call.runbook.system, system != runbook.system else { return [] }
  return [
    Diagnostic(
      .error, "foreign-system", "\(call.name.value) is for clusters of \(system)", at: call.name.location,
      help: "use a runbook of the same system")
  ]
}

private func missing(_ call: RunbookCall, _ step: Step, _ context: RuleContext) -> [Diagnostic] {
  let given = Set(call.arguments.map(\.name.value))
  let needed = call.runbook.inputs.filter { $0.defaultText == nil && !given.contains($0.name) }
  guard let first = needed.first, !context.isUnreadable("with", in: step) else { return [] }
  return [
    Diagnostic(
      .error, "missing-input",
      "\(call.name.value) also needs \(needed.map { quoted($0.name) }.joined(separator: ", "))",
      at: call.name.location, help: "add it to \"with:\"",
      notes: [.init("declared here", at: first.location)])
  ]
}

private func problem(
  with argument: RunbookCall.Argument, of call: RunbookCall, _ runbook: Runbook
) -> [Diagnostic] {
  let name = argument.name.value
  guard let input = call.runbook.inputs.first(where: { $0.name == name }) else {
    return [
      Diagnostic(
        .error, "unknown-input", "\(call.name.value) has no input \(quoted(name))",
        at: argument.name.location,
        help: didYouMean(name, among: call.runbook.inputs.map(\.name)))
    ]
  }
  func mismatch(_ expected: String) -> [Diagnostic] {
    [
      Diagnostic(
        .error, "bad-argument", "\(quoted(name)) must be \(expected), found \(quoted(argument.value.text))",
        at: argument.value.location, notes: [.init("declared here", at: input.location)])
    ]
  }
  let text = argument.value.text
  guard text.contains("${") else { return input.mismatch(text).map(mismatch) ?? [] }
  let late = argument.lateRoots
  if !late.isEmpty {
    return [
      Diagnostic(
        .error, "late-argument", "${\(late[0])…} is not known when the plan is made",
        at: argument.value.location,
        help: "hand over inputs, loop variables and ${before…}")
    ]
  }
  guard input.type.isOfNodes else { return [] }
  return runbook.inputs.contains { $0.type.name == input.type.name && text == "${\($0.name)}" }
    ? [] : mismatch("a node: ${…} with an input or a loop variable that holds one")
}

extension RunbookCall.Argument {
  /// What a call hands over is settled while planning.
  fileprivate var lateRoots: [String] {
    TextTemplate.parse(value.text).template.references.compactMap(\.path.first)
      .filter { ["steps", "leader", "cluster", "run", "here"].contains($0) }
  }
}
