import Model

/// Looks at one thing and says what is wrong with it; each rule stands in a file of its own.
typealias RunbookRule = (Runbook, RuleContext) -> [Diagnostic]

/// Everything that is checked of a runbook once it could be read.
func checkRules(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  let rules: [RunbookRule] = [
    needsRule, cycleRule, undoRule, roleRule, pollRule, retryRule, batchRule, callRule, selectorRule,
    loopVariableRule, durationRule, dangerRule, stdinRule, findingRule, expressionRule, lateWhenRule,
  ]
  return rules.flatMap { $0(runbook, context) } + runbook.steps.flatMap { checkLoop($0, runbook, context) }
}

/// The steps of a loop are checked as a runbook of their own, whose loop variable is one more node.
private func checkLoop(_ step: Step, _ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  guard case .loop(let loop) = step.body else { return [] }
  var inner = runbook
  inner.steps = loop.steps
  // These belong to the whole, and are checked there.
  inner.danger = nil
  inner.findings = []
  inner.inputs.append(
    InputDeclaration(
      name: loop.variable, type: .node(state: nil), help: "", defaultText: nil, location: step.location))
  return checkRules(inner, context.inside(step, of: runbook, repeating: inner))
}

/// Everything that is checked of a system once it could be read.
func checkRules(_ system: ClusterSystem) -> [Diagnostic] {
  let rules: [(ClusterSystem) -> [Diagnostic]] = [expressionRule, defaultCycleRule, guardRule]
  return rules.flatMap { $0(system) }
}
