import Expressions
import Model

/// Whether an act with an effect runs is decided while planning: the plan shows the membership after each
/// act, so nothing that is only known later may decide it.
func lateWhenRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  runbook.steps.flatMap { step -> [Diagnostic] in
    guard step.effect != nil || step.isComposite, let when = step.when,
      let query = try? Query.compile(when.text)
    else {
      return []
    }
    return query.variables.filter { $0.name != "before" && $0.name != "inputs" }.map { use in
      Diagnostic(
        .error, "late-when",
        "$\(use.name) cannot decide whether \(step.isComposite ? "other steps run" : "an act with an effect runs")",
        at:
          when.location(atByte: use.offset, length: use.length),
        help: "use $before and $inputs: they are known when the plan is made")
    }
  }
}
