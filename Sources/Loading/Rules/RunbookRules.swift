import Model

/// Looks at one thing and says what is wrong with it; each rule stands in a file of its own.
typealias RunbookRule = (Runbook, RuleContext) -> [Diagnostic]

/// Everything that is checked of a runbook once it could be read.
func checkRules(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  let rules: [RunbookRule] = [
    needsRule, cycleRule, undoRule, roleRule, pollRule, retryRule, selectorRule, loopVariableRule,
    durationRule, dangerRule, stdinRule, findingRule,
    expressionRule, lateWhenRule,
  ]
  return rules.flatMap { $0(runbook, context) }
}

/// Everything that is checked of a system once it could be read.
func checkRules(_ system: ClusterSystem) -> [Diagnostic] {
  let rules: [(ClusterSystem) -> [Diagnostic]] = [expressionRule, defaultCycleRule]
  return rules.flatMap { $0(system) }
}
