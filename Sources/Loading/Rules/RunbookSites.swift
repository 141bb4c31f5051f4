import Model

extension Runbook {
  /// The expressions that belong to no step: they see the inputs.
  func expressionSites(_ context: RuleContext) -> [ExpressionSite] {
    guard let danger else { return [] }
    let scope = Scope(inputsOf: self, context)
    return [ExpressionSite(text: danger, kind: .text, judge: scope.problem)]
  }
}
