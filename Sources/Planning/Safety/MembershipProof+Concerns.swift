import Model

/// What the proof tells a reviewer, each thing once.
extension MembershipProof {
  /// The first place where it is so is enough.
  private mutating func tell(_ concern: SafetyConcern) {
    let isTold = concerns.contains {
      $0.kind == concern.kind && $0.step == concern.step && $0.undo == concern.undo
    }
    if !isTold { concerns.append(concern) }
  }

  mutating func note(_ index: Int, from old: Membership, to new: Membership) {
    guard let kind = loss(from: old, to: new) else { return }
    let isMeanwhile = acts[index].effect?.kind == .restart
    let end = isMeanwhile ? nil : recovery(after: index, in: new)
    let when =
      isMeanwhile
      ? "while \(acts[index].id) runs" : "from \(acts[index].id) " + (end.map { "until \($0)" } ?? "on")
    tell(
      SafetyConcern(
        kind: kind, step: acts[index].id, until: end,
        text: "\(when), \(new.serving): \(kind.consequence)"))
  }

  mutating func noteOnTheWayBack(
    _ index: Int, from old: Membership, to new: Membership, left: Set<Int>
  ) {
    guard let kind = loss(from: old, to: new) else { return }
    // The undo that ends it, if one does.
    var membership = new
    var end: StepID?
    for other in left.sorted(by: >) {
      guard end == nil, let undo = acts[other].undo else { continue }
      membership = membership.applying(undo.kind, to: undo.node)
      if membership.tolerance > new.tolerance { end = acts[other].id }
    }
    tell(
      SafetyConcern(
        kind: kind, step: nil, until: end, undo: acts[index].id,
        text: "on the way back, once \(acts[index].id) is undone"
          + (end.map { " and until \($0) is" } ?? "") + ", \(new.serving): \(kind.consequence)"))
  }

  private func loss(from old: Membership, to new: Membership) -> SafetyConcern.Kind? {
    if old.tolerance >= 0, new.tolerance < 0 { return .noQuorum }
    return old.tolerance >= 1 && new.tolerance == 0 ? .noSpare : nil
  }

  /// The first act after it, in the plan's order, that makes things better again.
  private func recovery(after index: Int, in membership: Membership) -> StepID? {
    var next = membership
    for act in acts[(index + 1)...] {
      guard let effect = act.effect else { continue }
      next = next.applying(effect.kind, to: effect.node)
      if next.tolerance > membership.tolerance { return act.id }
    }
    return nil
  }

  mutating func noteOrder(_ index: Int, after done: Set<Int>, _ verdict: GuardVerdict) {
    let last = done.max().map { acts[$0].id.rawValue }
    tell(
      SafetyConcern(
        kind: .unluckyOrder, step: acts[index].id,
        text:
          "\(acts[index].id) may come \(last.map { "right after \($0)" } ?? "first"), as nothing in `needs` "
          + "forbids it, and is refused then: \(verdict.reason)"))
  }

  mutating func noteRefusedUndo(
    of index: Int, in state: State, since start: State, _ verdict: GuardVerdict, hadNoEffect: Bool
  ) {
    let after = start.done.max().map { acts[$0].id }
    let reason = verdict.reason
    guard !hadNoEffect else {
      let id = acts[index].id
      return tell(
        SafetyConcern(
          kind: .undoRefused, step: id, undo: id,
          text: "if \(id) fails without any effect, its undo is refused and stays owed (\(reason)); "
            + "`landed:` would tell that there is nothing to undo"))
    }
    let names = names(of: state.failed, in: start.membership)
    let known = concerns.indices.filter { at in
      concerns[at].kind == .undoRefused && concerns[at].undo == acts[index].id
    }
    // What is so without a failure is so with one.
    let isTold = known.contains { at in
      let failing = concerns[at].failing
      return failing.isEmpty || !names.isEmpty && names.allSatisfy(failing.contains)
    }
    if isTold { return }
    if let same = known.first(where: { concerns[$0].step == after && !names.isEmpty }) {
      concerns[same].failing = Set(concerns[same].failing + names).sorted()
      concerns[same].text = undoText(concerns[same], reason)
    } else {
      var concern = SafetyConcern(
        kind: .undoRefused, step: after, undo: acts[index].id, failing: names.sorted(), text: "")
      concern.text = undoText(concern, reason)
      concerns.append(concern)
    }
  }

  /// Who may be meant by one that failed: members that no act touches are alike.
  private func names(of failed: Failed?, in membership: Membership) -> [String] {
    guard let failed else { return [] }
    return failed.isBystander ? bystanders(of: membership).map(\.label) : [failed.label]
  }

  private func undoText(_ concern: SafetyConcern, _ reason: String) -> String {
    let after = concern.step.map { "after \($0)" } ?? "at the start"
    let failure = concern.failing.isEmpty ? "" : ", if \(oneOf(concern.failing)) fails besides"
    return
      "\(after)\(failure): the undo of \(concern.undo?.rawValue ?? "") is refused and stays owed (\(reason))"
  }

  mutating func refuse(_ index: Int, since start: State, _ verdict: GuardVerdict) {
    guard !refusals.contains(where: { $0.step == acts[index].id }) else { return }
    let after = start.done.max().map { acts[$0].id.rawValue } ?? ""
    refusals.append(
      Plan.Refusal(
        step: acts[index].id,
        reason: "it cannot be undone safely once \(after) is done: \(verdict.reason)", verdict: verdict))
  }

  /// Who is missing or too many when all that can be undone has been.
  mutating func noteWhatIsLeftAtTheEnd() {
    var membership = before
    for act in acts {
      if let effect = act.effect { membership = membership.applying(effect.kind, to: effect.node) }
    }
    for act in acts.reversed() {
      guard let undo = act.undo else { continue }
      if let verdict = membership.judge(undo.kind, on: undo.node, learnerCaughtUp: true),
        verdict.decision != .allow
      {
        continue
      }
      membership = membership.applying(undo.kind, to: undo.node)
    }
    let missing = before.seatNames.subtracting(membership.seatNames).sorted()
    let extra = membership.seatNames.subtracting(before.seatNames).sorted()
    let renewed = before.identity != membership.identity && missing.isEmpty && extra.isEmpty
    guard !missing.isEmpty || !extra.isEmpty || renewed else { return }
    let changes =
      missing.map { "without \($0)" } + extra.map { "with \($0)" } + (renewed ? ["under new identities"] : [])
    concerns.append(
      SafetyConcern(
        kind: .notRestored, step: acts.first(where: \.isFinal)?.id ?? acts.last?.id,
        text: "a rollback at the end leaves the cluster \(changes.joined(separator: ", ")): "
          + "\(membership.voters.count) voters, quorum \(quorum(of: membership.voters.count))"))
  }
}

extension SafetyConcern.Kind {
  fileprivate var consequence: String {
    self == .noQuorum ? "the cluster cannot decide anything" : "one more failure stops the cluster"
  }
}

extension Membership {
  var serving: String {
    let down = voters.filter { $0.health != .healthy }.map(\.label)
    let all = "\(healthyVoters.count) of \(voters.count) voters serve"
    return down.isEmpty
      ? "all \(voters.count) voters are needed" : "\(all) (\(down.joined(separator: ", ")) not)"
  }

  fileprivate var seatNames: Set<String> {
    Set(members.map { $0.isVoter ? $0.label : "the learner \($0.label)" })
  }
}

/// "n1, n2 or n3", and a number where names would be too many to read.
private func oneOf(_ names: [String]) -> String {
  guard names.count > 1, let last = names.last else { return names.first ?? "" }
  if names.count > 6 { return "one of \(names.count) voters" }
  return names.dropLast().joined(separator: ", ") + " or " + last
}
