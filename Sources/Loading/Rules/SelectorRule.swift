import Model

/// Every selector means nodes: its references hold nodes, and its names are nodes' names.
func selectorRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  runbook.steps.flatMap { step in
    let inputs =
      runbook.inputs.filter { $0.isNode || $0.isNodes }.map(\.name) + context.unreadableInputs
    let variables = inputs + (step.each.map { [$0.variable] } ?? [])
    var outer = step.each.map { [($0.over, inputs)] } ?? []
    if case .loop(let loop) = step.body { outer.append((loop.over, inputs)) }
    let inner = innerSelectors(of: step).map { ($0, variables) }
    // An effect happens to one node.
    let lists = Set(runbook.inputs.filter(\.isNodes).map(\.name))
    let targets = effectTargets(of: step).map { ($0, variables.filter { !lists.contains($0) }) }
    return (outer + inner + targets).flatMap { selector, variables in
      shapeProblems(of: selector)
        + problems(in: selector.value, at: selector.location, variables, runbook, context)
    }
  }
}

private func innerSelectors(of step: Step) -> [Located<Selector>] {
  var selectors = [step.at]
  if case .command(let undo)? = step.rollback { selectors.append(undo.at) }
  return selectors.compactMap { $0 }
}

private func effectTargets(of step: Step) -> [Located<Selector>] {
  var targets = [step.effect?.target]
  if case .command(let undo)? = step.rollback { targets.append(undo.effect?.target) }
  return targets.compactMap { $0 }
}

private func problems(
  in selector: Selector, at place: SourceLocation, _ variables: [String], _ runbook: Runbook,
  _ context: RuleContext
) -> [Diagnostic] {
  switch selector {
  case .leader, .followers, .members, .spares, .controller: []
  case .any(let inner): problems(in: inner, at: place, variables, runbook, context)
  case .minus(let a, let b), .both(let a, let b):
    problems(in: a, at: place, variables, runbook, context)
      + problems(in: b, at: place, variables, runbook, context)
  case .reference(let path): referenceProblem(path, at: place, variables, runbook).map { [$0] } ?? []
  case .name(let name): nameProblem(name, at: place, variables, context).map { [$0] } ?? []
  case .range(let range): rangeProblem(range, at: place, context).map { [$0] } ?? []
  case .list(let parts): parts.flatMap { problems(in: $0, at: place, variables, runbook, context) }
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
  let groups = context.known.clusters?.flatMap(\.groups).map(\.name) ?? []
  guard let nodes = context.known.clusters?.flatMap(\.nodes).map(\.name.rawValue) else {
    // Which nodes there are is not known, but a near miss of a word is worth saying.
    return didYouMean(name.rawValue, among: words).map { help in
      Diagnostic(
        .warning, "unknown-node", "\(quoted(name.rawValue)) is taken for a node's name", at: place, help: help
      )
    }
  }
  guard !nodes.contains(name.rawValue), !groups.contains(name.rawValue) else { return nil }
  let what = groups.isEmpty ? "node" : "node and no group"
  return Diagnostic(
    .error, "unknown-node", "the inventory has no \(what) \(quoted(name.rawValue))", at: place,
    help: didYouMean(name.rawValue, among: nodes + groups + words))
}

private func rangeProblem(
  _ range: NodeRange, at place: SourceLocation, _ context: RuleContext
) -> Diagnostic? {
  guard let nodes = context.known.clusters?.flatMap(\.nodes).map(\.name) else { return nil }
  let known = Set(nodes)
  let missing = range.names.filter { !known.contains($0) }
  guard !missing.isEmpty else { return nil }
  let names = missing.prefix(5).map { quoted($0.rawValue) }.joined(separator: ", ")
  return Diagnostic(
    .error, "unknown-node",
    "the inventory has no \(names)\(missing.count > 5 ? " and \(missing.count - 5) more" : "") of \(range)",
    at: place, help: missing.first.flatMap { didYouMean($0.rawValue, among: nodes.map(\.rawValue)) })
}
