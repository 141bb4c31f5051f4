import Model

/// A loop variable hides nothing: neither an input nor a word with a meaning of its own.
func loopVariableRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  runbook.steps.compactMap { step in
    guard let (key, variable) = step.loopVariable else { return nil }
    let place = context.place(of: key, in: step)
    if let input = runbook.inputs.first(where: { $0.name == variable }) {
      return Diagnostic(
        .error, "reserved-name", "the variable \"\(variable)\" hides the input of that name", at: place,
        help: "choose another name", notes: [.init("the input is here", at: input.location)])
    }
    guard Scope.reservedNames.contains(variable) else { return nil }
    return Diagnostic(
      .error, "reserved-name",
      "the variable cannot be called \"\(variable)\": it means something already",
      at: place, help: "choose another name")
  }
}

extension Step {
  /// The variable it binds, and the key that binds it.
  fileprivate var loopVariable: (key: String, name: String)? {
    if case .loop(let loop) = body { return ("for", loop.variable) }
    return each.map { ("each", $0.variable) }
  }
}
