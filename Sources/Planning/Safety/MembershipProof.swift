import Model

/// Walks every state that a plan can bring the membership to: each order that `needs` allows, a failure after and in
/// the midst of each act, the whole way back from there, and on all of it one further member that fails where the
/// cluster could spare one. Guards are judged in each, so that what is left to say is where they will say no,
/// and where a single failure is one too many.
///
/// States that agree in what is done and in what guards see are one state, so that the ways of getting there do not
/// multiply, and the way back is walked once from each. Members that no act touches are alike: one of them fails
/// for all. What is still too much is cut off by `budget`, and said.
struct MembershipProof {
  let acts: [MembershipAct]
  let before: Membership
  var concerns: [SafetyConcern] = []
  /// Undos that are refused although nothing else has failed, and the cluster is not put back.
  var refusals: [Plan.Refusal] = []
  private(set) var states = 0
  private(set) var isComplete = true

  private var budget: Int
  private var forward: Set<State> = []
  private var endings: [State: Ending] = [:]
  private let touched: Set<NodeName>

  struct State: Hashable {
    var done: Set<Int>
    var membership: Membership
    /// The further member that failed.
    var failed: Failed?
  }

  struct Failed: Hashable {
    var id: MemberID
    var label: String
    /// It stands for all that no act touches.
    var isBystander: Bool
  }

  /// Where the way back leads from a state.
  private struct Ending {
    var isRestored: Bool
    var hasQuorum: Bool
  }

  init(_ acts: [MembershipAct], before: Membership, budget: Int = 100_000) {
    self.acts = acts
    self.before = before.essence
    self.budget = budget
    touched = Set(acts.flatMap { [$0.effect?.node, $0.undo?.node].compactMap(\.self) })
  }

  mutating func prove() {
    // Without a quorum the guards refuse the plan as it is.
    guard !acts.isEmpty, before.tolerance >= 0 else { return }
    if before.tolerance == 0 {
      concerns.append(
        SafetyConcern(
          kind: .noSpare,
          text: "before anything is done, \(before.serving): one more failure stops the cluster"))
    }
    var open = [State(done: [], membership: before)]
    var next = 0
    while next < open.count {
      let state = open[next]
      next += 1
      guard forward.insert(state).inserted else { continue }
      guard spend(on: state) else { break }
      lookBack(from: state)
      for index in acts.indices where isReady(index, after: state.done) {
        open += follow(index, from: state)
      }
    }
    noteWhatIsLeftAtTheEnd()
    if !isComplete {
      concerns.append(
        SafetyConcern(
          kind: .unproven,
          text: "more than \(states) states of the cluster can be reached, and not all were looked at; "
            + "the guards judge each act and each undo when its turn comes"))
    }
  }

  private func isReady(_ index: Int, after done: Set<Int>) -> Bool {
    !done.contains(index) && acts[index].needs.isSubset(of: done)
  }

  private mutating func spend(on state: State) -> Bool {
    budget -= state.membership.members.count + state.done.count
    if budget < 0 { isComplete = false } else { states += 1 }
    return budget >= 0
  }

  // MARK: The way there

  /// The states that an act can leave, if its guard lets it begin.
  private mutating func follow(_ index: Int, from state: State) -> [State] {
    let act = acts[index]
    let now = state.membership
    var done = state.done
    done.insert(index)
    guard let effect = act.effect else { return [State(done: done, membership: now)] }
    if let verdict = now.judge(effect.kind, on: effect.node, learnerCaughtUp: true),
      verdict.decision != .allow
    {
      // The plan's own order is judged, and refused, on the timeline.
      if state.done != Set(0..<index) { noteOrder(index, after: state.done, verdict) }
      return []
    }
    if !act.isSettledByALook {
      let nothing = State(done: done, membership: now)
      unwind(nothing, since: nothing, without: index)
    }
    if effect.kind == .restart {
      let down = State(done: done, membership: now.applying(.stop, to: effect.node))
      note(index, from: now, to: down.membership)
      lookBack(from: down)
    }
    let after = State(done: done, membership: now.applying(effect.kind, to: effect.node))
    note(index, from: now, to: after.membership)
    return [after]
  }

  // MARK: The way back

  /// A failure right here, alone and with one member more.
  private mutating func lookBack(from state: State) {
    unwind(state, since: state, without: nil)
    failOneMore(in: state, since: state)
  }

  private mutating func failOneMore(in state: State, since start: State) {
    guard state.membership.tolerance >= 1 else { return }
    let bystanders = bystanders(of: state.membership)
    let ids = Set(bystanders.map(\.id))
    let touched = state.membership.healthyVoters.filter { !ids.contains($0.id) }
    // The leader among them, as the one whose failure changes most.
    let one = bystanders.first(where: \.isLeader) ?? bystanders.first
    for member in touched + (one.map { [$0] } ?? []) where isComplete {
      var failed = state
      failed.failed = Failed(id: member.id, label: member.label, isBystander: ids.contains(member.id))
      failed.membership = state.membership.failing(member.id, bystanders: ids)
      unwind(failed, since: start, without: nil)
    }
  }

  /// Undoes all that is done, last first, as a run does; an undo that a guard refuses is left out.
  /// `without`: an act that failed before it had any effect.
  private mutating func unwind(_ from: State, since start: State, without unlanded: Int?) {
    var state = from
    var path: [State] = []
    var refused: (act: Int, verdict: GuardVerdict)?
    var ending: Ending?
    while let index = state.done.max() {
      ending = endings[state]
      if ending != nil { break }
      guard spend(on: state) else { return }
      path.append(state)
      state.done.remove(index)
      guard let undo = acts[index].undo else { continue }
      let now = state.membership
      if let verdict = now.judge(undo.kind, on: undo.node, learnerCaughtUp: true), verdict.decision != .allow
      {
        noteRefusedUndo(of: index, in: state, since: start, verdict, hadNoEffect: index == unlanded)
        if index != unlanded { refused = refused ?? (index, verdict) }
        continue
      }
      state.membership = now.applying(undo.kind, to: undo.node)
      if let failed = state.failed {
        state.membership = state.membership.failing(failed.id, bystanders: [])
      } else {
        noteOnTheWayBack(index, from: now, to: state.membership, left: state.done)
        failOneMore(in: state, since: start)
      }
    }
    let end =
      ending
      ?? Ending(
        isRestored: state.membership.seats == before.seats, hasQuorum: state.membership.tolerance >= 0)
    for state in path { endings[state] = end }
    // After a declared point of no return nobody was promised a way back.
    guard let refused, from.failed == nil, !end.isRestored || !end.hasQuorum,
      !from.done.contains(where: { acts[$0].isFinal })
    else { return }
    refuse(refused.act, since: start, refused.verdict)
  }

  func bystanders(of membership: Membership) -> [Member] {
    membership.healthyVoters.filter { $0.node.map { !touched.contains($0) } ?? true }
  }
}
