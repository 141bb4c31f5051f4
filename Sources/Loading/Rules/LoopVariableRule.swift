import Model

/// A loop variable hides nothing: neither an input nor a word with a meaning of its own.
func loopVariableRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  runbook.steps.compactMap { step in
    guard let each = step.each else { return nil }
    let place = context.place(of: "each", in: step)
    if let input = runbook.inputs.first(where: { $0.name == each.variable }) {
      return Diagnostic(
        .error, "reserved-name", "the variable \"\(each.variable)\" hides the input of that name", at: place,
        help: "choose another name", notes: [.init("the input is here", at: input.location)])
    }
    guard Scope.reservedNames.contains(each.variable) else { return nil }
    return Diagnostic(
      .error, "reserved-name",
      "the variable cannot be called \"\(each.variable)\": it means something already",
      at: place, help: "choose another name")
  }
}
