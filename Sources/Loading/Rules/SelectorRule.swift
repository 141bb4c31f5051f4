import Model

/// Every selector means nodes: its references hold nodes, and its names are nodes' names.
func selectorRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  runbook.steps.flatMap { step in
    let inputs = runbook.inputs.filter(\.isNode).map(\.name) + context.unreadableInputs
    let variables = inputs + (step.each.map { [$0.variable] } ?? [])
    var outer = step.each.map { [($0.over, inputs)] } ?? []
    if case .loop(let loop) = step.body { outer.append((loop.over, inputs)) }
    return (outer + innerSelectors(of: step).map { ($0, variables) }).flatMap { selector, variables in
      problems(in: selector.value, at: selector.location, variables, runbook, context)
    }
  }
}

private func innerSelectors(of step: Step) -> [Located<Selector>] {
  var selectors = [step.at, step.effect?.target]
  if case .command(let undo)? = step.rollback { selectors += [undo.at, undo.effect?.target] }
  return selectors.compactMap { $0 }
}

private func problems(
  in selector: Selector, at place: SourceLocation, _ variables: [String], _ runbook: Runbook,
  _ context: RuleContext
) -> [Diagnostic] {
  switch selector {
  case .leader, .followers, .members, .spares, .controller: []
  case .any(let inner): problems(in: inner, at: place, variables, runbook, context)
  case .minus(let a, let b):
    problems(in: a, at: place, variables, runbook, context)
      + problems(in: b, at: place, variables, runbook, context)
  case .reference(let path): referenceProblem(path, at: place, variables, runbook).map { [$0] } ?? []
  case .name(let name): nameProblem(name, at: place, variables, context).map { [$0] } ?? []
  }
}

private func referenceProblem(
  _ path: [String], at place: SourceLocation, _ variables: [String], _ runbook: Runbook
) -> Diagnostic? {
  let written = path.joined(separator: ".")
  if path.count == 1, variables.contains(written) { return nil }
  if let root = path.first, variables.contains(root) {
    return Diagnostic(
      .error, "not-a-node", "${\(written)} is a part of a node, not a node", at: place,
      help: "write ${\(root)}")
  }
  if let input = runbook.inputs.first(where: { $0.name == written }) {
    return Diagnostic(
      .error, "not-a-node", "the input \"\(written)\" does not hold a node", at: place,
      help: "change its type to node, or name another input",
      notes: [.init("declared here", at: input.location)])
  }
  let near = didYouMean(written, among: variables, write: Scope.Spelling.reference.write)
  return Diagnostic(
    .error, "unknown-name", "no input and no loop variable is called \(quoted(written))", at: place,
    help: near ?? "declare it under \"inputs:\" with type node")
}

private func nameProblem(
  _ name: NodeName, at place: SourceLocation, _ variables: [String], _ context: RuleContext
) -> Diagnostic? {
  if variables.contains(name.rawValue) {
    return Diagnostic(
      .error, "unknown-node", "\(quoted(name.rawValue)) is an input, not a node's name", at: place,
      help: "write ${\(name)}")
  }
  let words = SelectorParser.words.keys.sorted()
  guard let nodes = context.known.clusters?.flatMap(\.nodes).map(\.name.rawValue) else {
    // Which nodes there are is not known, but a near miss of a word is worth saying.
    return didYouMean(name.rawValue, among: words).map { help in
      Diagnostic(
        .warning, "unknown-node", "\(quoted(name.rawValue)) is taken for a node's name", at: place, help: help
      )
    }
  }
  guard !nodes.contains(name.rawValue) else { return nil }
  return Diagnostic(
    .error, "unknown-node", "the inventory has no node \(quoted(name.rawValue))", at: place,
    help: didYouMean(name.rawValue, among: nodes + words))
}
