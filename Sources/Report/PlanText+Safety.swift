import Model
import Planning

/// What a rollback brings back, and what the plan cannot promise.
extension PlanText {
  func text(of safety: PlanSafety?) -> String {
    guard let safety else { return "" }
    var text = ""
    let undone = safety.coverage.filter { $0.kind == .undone }
    if !undone.isEmpty { text += paint("What a rollback brings back", .strong) + "\n" }
    for act in undone { text += "  \(act.step): \(visible(act.restores.joined(separator: ", ")))\n" }
    let never = safety.coverage.filter { $0.kind == .never }.map(\.step.rawValue)
    if !undone.isEmpty, !never.isEmpty {
      text += "  " + paint("not: \(never.joined(separator: ", "))", .error) + "\n"
    }
    guard !safety.concerns.isEmpty else { return text }
    text += (text.isEmpty ? "" : "\n") + paint("What it cannot promise", .strong) + "\n"
    for concern in safety.concerns { text += "  " + visible(concern.text) + "\n" }
    return text
  }
}
