import Model

typealias RunbookRule = (Runbook, RuleContext) -> [Diagnostic]

/// Everything that is checked of a runbook once it could be read.
func checkRules(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  let rules: [RunbookRule] = []
  return rules.flatMap { $0(runbook, context) }
}
func checkSystemRules(_ system: ClusterSystem) -> [Diagnostic] { [] }
func checkInventoryRules(_ inventory: Inventory) -> [Diagnostic] { [] }
