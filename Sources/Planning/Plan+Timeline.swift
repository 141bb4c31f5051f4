import Model

extension Plan {
  /// Walks the acts in order, judging each effect on the membership that the ones before it leave.
  mutating func judgeTimeline(_ nodes: [NodeName: Value.Object]) {
    guard var membership = before?.membership else {
      if cluster != nil, steps.contains(where: { $0.effect != nil }) {
        let reason = Observation.reasonForNoMembership(before)
        refusals.removeAll { $0.reason == reason }  // steps that found no nodes for the same reason
        refusals.append(Refusal(step: nil, reason: reason, verdict: nil))
      }
      return
    }
    timeline = [TimelineEntry(step: nil, membership: membership, verdict: nil)]
    for step in steps {
      guard let effect = step.effect, !step.isSkipped else { continue }
      let verdict = membership.judge(effect.kind, on: effect.node, learnerCaughtUp: true)
      if let verdict, verdict.decision != .allow {
        refusals.append(
          Refusal(
            step: step.id, reason: "\(effect.kind.rawValue) \(effect.node): \(verdict.reason)",
            verdict: verdict))
      }
      let declared = judgeDeclared(effect, of: step.id, on: membership, nodes)
      membership = membership.applying(effect.kind, to: effect.node)
      var entry = TimelineEntry(step: step.id, membership: membership, verdict: verdict)
      entry.declared = declared.isEmpty ? nil : declared
      timeline.append(entry)
      warnOfUndo(of: step, on: membership, nodes)
    }
    if membership.hasVotes, let first = timeline.first, let last = timeline.last,
      last.voters.count != first.voters.count,
      last.voters.count > 0, last.voters.count.isMultiple(of: 2)
    {
      warnings.append(
        "\(last.voters.count) voters tolerate no more failures than \(last.voters.count - 1): "
          + "an odd number is as safe with one machine less")
    }
  }
}

extension PlannedStep {
  package var isSkipped: Bool { if case .skipped = condition { true } else { false } }
}

extension TimelineEntry {
  fileprivate init(step: StepID?, membership: Membership, verdict: GuardVerdict?) {
    let voters = membership.voters
    self.init(
      step: step, voters: voters.map(\.label), learners: membership.learners.map(\.label),
      quorum: membership.hasVotes ? Planning.quorum(of: voters.count) : 0,
      tolerates: membership.hasVotes ? membership.tolerance : 0, verdict: verdict)
  }
}
