import Expressions
package import Model

extension Plan {
  /// What the operator has to type before this plan is applied, each phrase once.
  package var dangerPhrases: [String] {
    let all = (danger.map { [$0] } ?? []) + steps.flatMap { $0.danger ?? [] }
    var seen: Set<String> = []
    return all.filter { seen.insert($0).inserted }
  }

  /// Those without which this step must not start.
  package func dangerPhrases(of step: StepID) -> [String] {
    (danger.map { [$0] } ?? []) + (self.step(step)?.danger ?? [])
  }
}

extension PlanDraft {
  /// One phrase for each node on which something is lost; nil when nothing is.
  /// `around`: what the runbooks that it was called from put at stake.
  mutating func dangers(of step: Step, _ around: [String], _ tasks: [PlannedTask]) -> [String]? {
    var phrases = around
    func add(_ phrase: String) { if !phrases.contains(phrase) { phrases.append(phrase) } }
    for task in tasks {
      guard let danger = step.danger else { break }
      let here: NodeName? = if case .node(let name) = task.place { name } else { nil }
      add(phrase(danger, in: scope.at(here, loop: task.loop)))
    }
    return phrases.isEmpty ? nil : phrases
  }

  mutating func danger(of runbook: Runbook) -> String? {
    enter(nil)
    return runbook.danger.map { phrase($0, in: scope) }
  }

  mutating func phrase(_ danger: ScalarText, in local: Scope) -> String {
    let text = TextTemplate.parse(danger.text).template.render { reference in
      if let value = local.text(at: reference.path) { return value }
      complainMissing(reference, in: local, at: danger)
      return ""
    }
    return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
