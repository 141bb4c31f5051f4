import Loading
import Model

extension Session {
  /// `belay check --rules`: every rule with what it looks for.
  func listRules(json: Bool) -> ExitCode {
    let width = LintRule.all.map(\.id.count).max() ?? 0
    for rule in LintRule.all {
      if json {
        let value: Value = [
          "format": 1, "rule": .string(rule.id), "severity": .string(rule.severity.rawValue),
          "summary": .string(rule.summary),
        ]
        print(value.json())
      } else {
        let padding = String(repeating: " ", count: width - rule.id.count)
        print("\(rule.id)\(padding)  \(rule.summary)")
      }
    }
    return .done
  }
}
