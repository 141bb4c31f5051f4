package import Execution
import Model
import Planning

/// What undoing a run would take, told to whoever has to agree to it.
package struct RollbackText {
  private let rollback: RollbackPlan
  private let state: String
  private let paint: Paint

  /// `state`: how the run stands, as `belay runs` has it.
  package init(_ rollback: RollbackPlan, state: String, paint: Paint) {
    self.rollback = rollback
    self.state = state
    self.paint = paint
  }

  package var text: String {
    var lines = TerminalLines(paint)
    lines.prose([
      Span("Way back of run \(rollback.run)", .strong),
      Span(
        "  \(rollback.plan.runbook)" + (rollback.plan.cluster.map { " on cluster \($0)" } ?? "")
          + ", which is: \(state)"),
    ])
    if let observation = rollback.observation { lines.prose([Span(seen(observation))], indent: 2) }
    for change in rollback.changes {
      lines.prose([Span("changed since the run: ", .warning), Span(change)], indent: 2, hang: 4)
    }
    lines.blank()
    lines.prose([Span(rollback.undos.isEmpty ? "Nothing is left to undo" : "Undone, in this order", .strong)])
    for (index, undo) in rollback.undos.enumerated() { add(undo, number: index + 1, to: &lines) }
    list("Nothing to undo", rollback.needless, &lines)
    list("Undone with another", rollback.covered, &lines)
    list("Cannot be undone", rollback.irreversible, &lines)
    lines.blank()
    lines.prose([Span(closing)])
    return lines.text
  }

  private func add(_ undo: RollbackPlan.Undo, number: Int, to lines: inout TerminalLines) {
    lines.prose(
      [Span("\(number). undo "), Span("\(undo.task.step)", .strong), Span(": \(undo.title)")], indent: 2,
      hang: 5)
    lines.exact(
      [Span(undo.node.map { "@\($0) " } ?? "")], Span(shellLine(undo.command), .dim), indent: 5)
    if let note = undo.note { lines.prose([Span(note)], indent: 5, hang: 7) }
    if let obstacle = undo.obstacle {
      lines.prose([Span("stays owed: ", .error), Span(obstacle)], indent: 5, hang: 7)
    } else if let verdict = undo.verdict, let effect = undo.effect {
      lines.prose(
        [Span("guard: \(effect.kind.rawValue) \(effect.node): \(verdict.reason)")], indent: 5, hang: 7)
    }
    for verdict in undo.declared where verdict.decision != .refuse {
      lines.prose([Span("guard: \(verdict.text)")], indent: 5, hang: 7)
    }
    if let after = undo.membership { lines.prose([Span("after it: " + numbers(after))], indent: 5, hang: 7) }
  }

  private func list(_ title: String, _ remarks: [RollbackPlan.Remark], _ lines: inout TerminalLines) {
    guard !remarks.isEmpty else { return }
    lines.prose([Span(title, .strong)])
    for remark in remarks { lines.prose([Span("\(remark.task.step): \(remark.why)")], indent: 2, hang: 4) }
  }

  private var closing: String {
    let blocked = rollback.undos.count { $0.obstacle != nil }
    var text = "\(rollback.undos.count) \(rollback.undos.count == 1 ? "undo" : "undos")"
    if blocked > 0 { text += ", \(blocked) of which would stay owed as things are" }
    if !rollback.undone.isEmpty { text += "; \(rollback.undone.count) done before" }
    return text + ". Each is looked at and judged again right before it; then the cluster is held against "
      + "how it was before the run."
  }

  private func seen(_ observation: Observation) -> String {
    guard let membership = observation.membership else {
      return observation.reasonForNoMembership
    }
    return "seen now: " + numbers(membership)
  }

  private func numbers(_ membership: Membership) -> String {
    let voters = membership.voters.map(label).joined(separator: " ")
    let learners = membership.learners.map { " + learner \(label($0))" }.joined()
    guard membership.hasVotes else { return membership.members.map(label).joined(separator: " ") }
    let count = membership.voters.count
    let spare = membership.healthyVoters.count - quorum(of: count)
    return "\(count) voter\(count == 1 ? "" : "s"), quorum \(quorum(of: count)), "
      + (spare < 0 ? "no quorum" : "tolerates \(spare) more failure\(spare == 1 ? "" : "s")")
      + ": \(voters)\(learners)"
  }

  private func label(_ member: Member) -> String {
    (member.isLeader ? "\(member.label) (leader)" : member.label)
      + (member.health == .healthy ? "" : " \(member.health.rawValue)")
  }

  /// One object on one line.
  package var json: String {
    let value: Value = [
      "format": 1, "run": .string(rollback.run.rawValue), "state": .string(state),
      "undos": .array(rollback.undos.map(json)),
      "nothing_to_undo": remarks(rollback.needless), "covered": remarks(rollback.covered),
      "irreversible": remarks(rollback.irreversible),
      "changed_since": .array(rollback.changes.map { .string($0) }),
    ]
    return value.json()
  }

  private func json(_ undo: RollbackPlan.Undo) -> Value {
    [
      "step": .string(undo.task.step.rawValue), "task": .number(Double(undo.task.index)),
      "node": undo.node.map { .string($0.rawValue) } ?? .null, "command": .string(undo.command),
      "effect": undo.effect.map { .string("\($0.kind.rawValue) \($0.node)") } ?? .null,
      "guard": undo.verdict.map {
        ["verdict": .string($0.decision.rawValue), "reason": .string($0.reason)]
      } ?? .null,
      "voters_after": undo.membership.map { .array($0.voters.map { .string($0.label) }) } ?? .null,
      "obstacle": undo.obstacle.map { .string($0) } ?? .null,
      "note": undo.note.map { .string($0) } ?? .null,
    ]
  }

  private func remarks(_ remarks: [RollbackPlan.Remark]) -> Value {
    .array(remarks.map { ["step": .string($0.task.step.rawValue), "why": .string($0.why)] })
  }
}
