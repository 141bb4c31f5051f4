import Expressions
package import Model

extension Plan {
  /// What the operator has to type before this plan is applied, each phrase once.
  package var dangerPhrases: [String] {
    let all = (danger ?? []) + steps.flatMap { $0.danger ?? [] }
    return all.enumerated().filter { !all[..<$0.offset].contains($0.element) }.map(\.element)
  }

  /// Those without which this step must not start.
  package func dangerPhrases(of step: StepID) -> [String] {
    (danger ?? []) + (self.step(step)?.danger ?? [])
  }
}

extension PlanDraft {
  /// One phrase for each node on which something is lost; nil when nothing is.
  mutating func dangers(of step: Step, _ tasks: [PlannedTask]) -> [String]? {
    guard let danger = step.danger else { return nil }
    var phrases: [String] = []
    for task in tasks {
      let here: NodeName? = if case .node(let name) = task.place { name } else { nil }
      let phrase = phrase(danger, in: scope.at(here, loop: task.loop))
      if !phrases.contains(phrase) { phrases.append(phrase) }
    }
    return phrases
  }

  /// As `scope` is now: the inputs of a runbook that is used are its own.
  mutating func noteDanger(of runbook: Runbook) {
    guard let danger = runbook.danger else { return }
    let phrase = phrase(danger, in: scope)
    if !dangers.contains(phrase) { dangers.append(phrase) }
  }

  private mutating func phrase(_ danger: ScalarText, in local: Scope) -> String {
    let text = TextTemplate.parse(danger.text).template.render { reference in
      if let value = local.text(at: reference.path) { return value }
      complainMissing(reference, in: local, at: danger)
      return ""
    }
    return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
