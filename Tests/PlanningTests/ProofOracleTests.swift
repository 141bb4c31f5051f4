import Model
import TestSupport
import Testing

@testable import Planning

/// The proof held against the plainest way to find the same out: every order, every failure, every way back, walked one
/// by one, nothing remembered and no two members taken to be alike.
@Suite struct ProofOracleTests {
  private struct Walker {
    let acts: [MembershipAct]
    var found: Set<String> = []
    /// When the leader fails, one that no act touches leads next, if there is one.
    var untouched: Set<MemberID> {
      let touched = Set(acts.flatMap { [$0.effect?.node.rawValue, $0.undo?.node.rawValue] })
      return Set((1...6).map { "n\($0)" }.filter { !touched.contains($0) }.map { MemberID($0) })
    }

    mutating func walk(_ now: Membership, done: [Int]) {
      fall(now, done: done)
      for index in acts.indices where !done.contains(index) && acts[index].needs.isSubset(of: done) {
        guard let effect = acts[index].effect else { continue }
        if let verdict = now.judge(effect.kind, on: effect.node, learnerCaughtUp: true),
          verdict.decision != .allow
        {
          if done.sorted() != Array(0..<index) { found.insert("unlucky-order \(acts[index].id)") }
          continue
        }
        let next = now.applying(effect.kind, to: effect.node)
        note(now, next, "\(acts[index].id)")
        walk(next, done: done + [index])
      }
    }

    private mutating func fall(_ now: Membership, done: [Int]) {
      back(now, done: done, failed: nil)
      fail(now) { walker, failed, id in walker.back(failed, done: done, failed: id) }
    }

    private mutating func fail(
      _ now: Membership, _ then: (inout Walker, Membership, String) -> Void
    ) {
      guard now.tolerance >= 1 else { return }
      for member in now.healthyVoters {
        then(&self, now.failing(member.id, bystanders: untouched), member.label)
      }
    }

    private mutating func back(_ start: Membership, done: [Int], failed: String?) {
      var now = start
      for index in done.sorted(by: >) {
        guard let undo = acts[index].undo else { continue }
        if let verdict = now.judge(undo.kind, on: undo.node, learnerCaughtUp: true),
          verdict.decision != .allow
        {
          found.insert(
            "undo-refused \(acts[index].id)\(failed == nil ? "" : " if \(failed ?? "")")")
          continue
        }
        var next = now.applying(undo.kind, to: undo.node)
        if let failed, let at = next.members.firstIndex(where: { $0.label == failed }) {
          next.members[at].health = .unhealthy
        }
        if failed == nil {
          note(now, next, "undo \(acts[index].id)")
          let rest = done.filter { $0 < index }
          fail(next) { walker, state, id in walker.back(state, done: rest, failed: id) }
        }
        now = next
      }
    }

    private mutating func note(_ old: Membership, _ new: Membership, _ place: String) {
      if old.tolerance >= 0, new.tolerance < 0 {
        found.insert("no-quorum \(place)")
      } else if old.tolerance >= 1, new.tolerance == 0 {
        found.insert("no-spare \(place)")
      }
    }
  }

  /// Orders, kinds and nodes drawn from a seed; leadership stays with a node that no act touches.
  private func acts(_ random: inout SeededRandom) -> [MembershipAct] {
    (0..<Int.random(in: 1...5, using: &random)).map { index in
      let pairs: [(Effect.Kind, Effect.Kind?)] = [
        (.stop, .start), (.start, .stop), (.addVoter, .remove), (.addLearner, .remove), (.promote, nil),
        (.remove, nil), (.remove, .addVoter), (.wipe, nil),
      ]
      let pair = pairs.randomElement(using: &random) ?? (.stop, .start)
      let node = NodeName("n\(Int.random(in: 2...6, using: &random))")
      return MembershipAct(
        id: StepID("s\(index)"), effect: PlannedEffect(kind: pair.0, node: node),
        undo: pair.1.map { PlannedEffect(kind: $0, node: node) }, isFinal: pair.1 == nil,
        isSettledByALook: true,
        needs: Set((0..<index).filter { _ in Int.random(in: 0..<3, using: &random) == 0 }))
    }
  }

  @Test("guarantee 6: nothing that every order, failure and way back can show is missing from the proof")
  func noDifference() {
    var random = SeededRandom(seed: 20_261_121)
    var differences: [String] = []
    var told = 0
    for _ in 0..<1_500 {
      let count = Int.random(in: 1...6, using: &random)
      let before = Membership(
        cluster: "k", term: 1,
        members: (1...count).map { number in
          Member(
            id: MemberID("n\(number)"), node: NodeName("n\(number)"), name: "n\(number)", isVoter: true,
            health: number > 1 && Int.random(in: 0..<6, using: &random) == 0 ? .unhealthy : .healthy,
            isLeader: number == 1, index: nil, record: [:])
        })
      guard before.tolerance >= 0 else { continue }
      let acts = acts(&random)
      var proof = MembershipProof(acts, before: before)
      proof.prove()
      var walker = Walker(acts: acts)
      walker.walk(before, done: [])
      var said: Set<String> = []
      for concern in proof.concerns {
        let kind = concern.kind.rawValue
        switch concern.kind {
        case .noSpare, .noQuorum:
          if let undo = concern.undo { said.insert("\(kind) undo \(undo)") }
          if let step = concern.step { said.insert("\(kind) \(step)") }
        case .undoRefused:
          let undo = concern.undo?.rawValue ?? ""
          said.formUnion(concern.failing.map { "\(kind) \(undo) if \($0)" })
          if concern.failing.isEmpty { said.insert("\(kind) \(undo)") }
        case .unluckyOrder: said.insert("\(kind) \(concern.step?.rawValue ?? "")")
        case .notRestored: break
        case .unproven: differences.append("unproven: \(acts)")
        }
      }
      // What is refused without a failure is not told again for each member that may fail.
      let found = walker.found.filter { line in
        line.firstRange(of: " if ").map { !walker.found.contains(String(line[..<$0.lowerBound])) } ?? true
      }
      said = said.filter { line in
        line.firstRange(of: " if ").map { !walker.found.contains(String(line[..<$0.lowerBound])) } ?? true
      }
      told += found.count
      if said != found {
        differences.append(
          "\(acts.map { "\($0.id) \($0.effect?.kind.rawValue ?? "") \($0.effect?.node.rawValue ?? "") \($0.needs)" }) "
            + "on \(before.members.map { "\($0.id) \($0.health)" }): missing \(found.subtracting(said).sorted()), "
            + "too much \(said.subtracting(found).sorted())")
      }
    }
    #expect(differences.prefix(3) == [])
    #expect(told > 1_000, "\(told)")
  }
}
