import Expressions
import Model

/// A phrase that the operator types names what will be lost: on one line, in words that are known when the plan
/// is made.
func dangerRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  let hasActs = runbook.steps.contains { $0.role == .act }
  var found = runbook.danger.map(problems) ?? []
  if let danger = runbook.danger, !hasActs {
    found.append(
      Diagnostic(
        .error, "wrong-role", "the runbook changes nothing, so nothing can be lost", at: danger.location,
        help: "remove \"danger\""))
  }
  for step in runbook.steps {
    guard let danger = step.danger else { continue }
    if step.role != .act {
      found.append(
        Diagnostic(
          .error, "wrong-role", "\"danger\" has no place in the \(step.role.rawValue) step \"\(step.id)\"",
          at: context.place(of: "danger", in: step), help: "only acts change anything"))
    }
    found += problems(danger)
  }
  return found
}

private func problems(_ danger: ScalarText) -> [Diagnostic] {
  let lines = danger.text.split(whereSeparator: \.isNewline)
  if lines.count != 1 || lines[0].allSatisfy(\.isWhitespace) {
    return [
      Diagnostic(
        .error, "bad-value", "\"danger\" must be one line, to be typed", at: danger.location,
        help: "name what will be lost, as in \"erase ${node.name}\"")
    ]
  }
  return TextTemplate.parse(danger.text).template.parts.compactMap { part in
    guard case .reference(let reference, let offset, let length) = part,
      let root = reference.path.first,
      ["leader", "cluster", "steps", "run"].contains(root)
        || reference.path.contains("member")
    else { return nil }
    return Diagnostic(
      .error, "late-danger", "${\(reference.text)} may have changed when the phrase has been typed",
      at: danger.location(atByte: offset, length: length), help: "use inputs and the names of nodes")
  }
}
