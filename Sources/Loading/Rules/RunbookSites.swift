import Model

extension Runbook {
  /// The expressions that belong to no step: the runbook's own danger, and what a diagnosis finds.
  func expressionSites(_ context: RuleContext) -> [ExpressionSite] {
    let given = Scope(inputsOf: self, context)
    let found = Scope(findingsOf: self, context)
    var sites: [ExpressionSite] = []
    func add(_ text: ScalarText?, _ kind: ExpressionSite.Kind, _ scope: Scope) {
      if let text { sites.append(ExpressionSite(text: text, kind: kind, judge: scope.problem)) }
    }
    add(danger, .text, given)
    for finding in findings {
      add(finding.when, .query, found)
      add(finding.means, .text, found)
      for query in finding.evidence { add(query, .query, found) }
      add(finding.mend, .command, found)
    }
    return sites
  }
}
