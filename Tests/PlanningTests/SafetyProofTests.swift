import Model
import Testing

@testable import Planning

/// What is proven of the membership before anything is touched, on runbooks written for it.
@Suite struct SafetyProofTests {
  private static func act(_ id: String, _ kind: String, _ node: String, _ more: String) -> String {
    "\(id): { act: x, at: n1, run: x, effect: { \(kind): \(node) }, \(more) }\n"
  }

  private static let final = "rollback: none, because: x"
  private static func back(_ kind: String, _ node: String) -> String {
    "rollback: { run: x, effect: { \(kind): \(node) } }"
  }

  @Test func aStopThatLeavesNoSpareIsSaidAndNotRefused() throws {
    let steps =
      Self.act("stop", "stop", "n3", Self.back("start", "n3"))
      + Self.act("start", "start", "n3", Self.back("stop", "n3"))
    let three = try PaperCluster().plan(steps)
    #expect(three.isApplicable)
    #expect(three.concerns.first == "no-spare stop..start")
    #expect(
      three.safety?.concerns.first?.text
        == "from stop until start, 2 of 3 voters serve (n3 not): one more failure stops the cluster")
    let five = try PaperCluster(voters: ["n1", "n2", "n3", "n4", "n5"]).plan(steps)
    #expect(five.isApplicable)
    #expect(five.concerns == [], "five voters can spare two")
  }

  @Test func aClusterWithoutASpareIsSaidOnce() throws {
    let plan = try PaperCluster(down: ["n2"]).plan(Self.act("start", "start", "n2", Self.back("stop", "n2")))
    #expect(plan.concerns.first == "no-spare")
    #expect(
      plan.safety?.concerns.first?.text.hasPrefix("before anything is done, 2 of 3 voters serve") == true)
  }

  @Test func aRestartIsAStopForAsLongAsItRuns() throws {
    var steps = ""
    for node in ["n2", "n3"] { steps += Self.act("restart_\(node)", "restart", node, Self.final) }
    let plan = try PaperCluster().plan(steps)
    #expect(plan.isApplicable, "after the first one n2 is back: \(plan.refusals)")
    #expect(plan.concerns == ["no-spare restart_n2", "no-spare restart_n3"])
    #expect(plan.safety?.concerns.first?.text.hasPrefix("while restart_n2 runs, ") == true)
    let two = try PaperCluster(voters: ["n1", "n2"]).plan(Self.act("restart", "restart", "n2", Self.final))
    #expect(!two.isApplicable)
  }

  @Test("guarantee 6: an undo that a guard will refuse, and without which nothing is put back, is an error")
  func anUnsafeUndoIsRefused() throws {
    // The second voter of a single one that is not up: its removal could never be decided.
    let plan = try PaperCluster(voters: ["n1"]).plan(
      Self.act("add", "add-voter", "n2", Self.back("remove", "n2") + ", landed: 'true'"))
    #expect(!plan.isApplicable)
    #expect(plan.refusals.map(\.step) == [StepID("add")])
    #expect(plan.refusals.first?.reason.hasPrefix("it cannot be undone safely once add is done: ") == true)
    #expect(plan.concerns.contains("no-quorum add"))
    // Beside a declared point of no return nobody was promised a way back.
    let final = try PaperCluster(voters: ["n1"]).plan(Self.act("add", "add-voter", "n2", Self.final))
    #expect(final.isApplicable)
    #expect(final.concerns.contains("no-quorum add"))
  }

  @Test func anUndoThatOneMoreFailureMakesUnsafeIsSaid() throws {
    let plan = try PaperCluster().plan(
      Self.act("join", "add-learner", "n4", Self.back("remove", "n4") + ", landed: 'true'")
        + Self.act("start", "start", "n4", Self.back("stop", "n4"))
        + Self.act("promote", "promote", "n4", "rollback: { covered-by: join }"))
    #expect(plan.isApplicable)
    #expect(plan.concerns.contains("undo-refused promote undo start if n1,n2,n3"), "\(plan.concerns)")
    #expect(plan.concerns.contains { $0.hasPrefix("no-spare..join undo start") }, "\(plan.concerns)")
  }

  @Test func anUndoOfWhatNeverHappenedNeedsALook() throws {
    let blind = Self.act("join", "add-learner", "n4", Self.back("remove", "n4"))
    #expect(try PaperCluster().plan(blind).concerns == ["undo-refused join undo join"])
    let seeing = Self.act("join", "add-learner", "n4", Self.back("remove", "n4") + ", landed: 'true'")
    #expect(try PaperCluster().plan(seeing).concerns == [])
  }

  @Test func everyOrderThatNeedsAllowIsLookedAt() throws {
    func branch(_ node: String, _ needs: String) -> String {
      Self.act("stop_\(node)", "stop", node, Self.back("start", node) + ", needs: \(needs)")
        + Self.act("start_\(node)", "start", node, Self.back("stop", node) + ", needs: [stop_\(node)]")
    }
    let together = try PaperCluster().plan(branch("n2", "[]") + branch("n3", "[]"))
    #expect(
      together.concerns.contains { $0.hasPrefix("unlucky-order") } || !together.isApplicable,
      "\(together.concerns)")
    let oneByOne = try PaperCluster().plan(branch("n2", "[]") + branch("n3", "[start_n2]"))
    #expect(oneByOne.isApplicable)
    #expect(!oneByOne.concerns.contains { $0.hasPrefix("unlucky-order") })
  }

  @Test func whatARollbackCannotPutBackIsSaid() throws {
    let plan = try PaperCluster(voters: ["n1", "n2", "n3", "n4"]).plan(
      Self.act("gone", "remove", "n4", Self.final))
    #expect(plan.concerns == ["not-restored gone"])
    #expect(
      plan.safety?.concerns.first?.text
        == "a rollback at the end leaves the cluster without n4: 3 voters, quorum 2")
  }

  @Test func whatIsTooMuchToProveIsSaid() throws {
    // Eighteen independent branches on nineteen voters: more orders than anyone can look at.
    let voters = (1...19).map { "v\($0)" }
    let before = Membership(
      cluster: "k", term: 1,
      members: voters.map {
        Member(
          id: MemberID($0), node: NodeName($0), name: $0, isVoter: true, health: .healthy,
          isLeader: $0 == "v1", index: nil, record: [:])
      })
    let acts = voters.dropFirst().enumerated().flatMap { index, name -> [MembershipAct] in
      func act(_ kind: Effect.Kind, _ undo: Effect.Kind, needs: Set<Int>) -> MembershipAct {
        MembershipAct(
          id: StepID("\(kind.rawValue)_\(name)"), effect: PlannedEffect(kind: kind, node: NodeName(name)),
          undo: PlannedEffect(kind: undo, node: NodeName(name)), isFinal: false, isSettledByALook: true,
          needs: needs)
      }
      return [act(.stop, .start, needs: []), act(.start, .stop, needs: [index * 2])]
    }
    var proof = MembershipProof(acts, before: before, budget: 20_000)
    proof.prove()
    #expect(!proof.isComplete)
    #expect(proof.concerns.last?.kind == .unproven)
    #expect(proof.states < 20_000)
  }

  @Test func manyMembersAreGivenUpOnSoon() {
    let before = Membership(
      cluster: "k", term: 1,
      members: (1...300).map { number in
        Member(
          id: MemberID("m\(number)"), node: NodeName("m\(number)"), name: "m\(number)", isVoter: true,
          health: .healthy, isLeader: number == 1, index: nil, record: [:])
      })
    let acts = (2...300).map { number in
      MembershipAct(
        id: StepID("restart_\(number)"),
        effect: PlannedEffect(kind: .restart, node: NodeName("m\(number)")), undo: nil, isFinal: true,
        isSettledByALook: true, needs: number > 2 ? [number - 3] : [])
    }
    var proof = MembershipProof(acts, before: before)
    proof.prove()
    #expect(!proof.isComplete)
    #expect(proof.states <= 350)
  }

  @Test func anActThatNothingUndoesIsAnError() throws {
    let skipped = try PaperCluster().plan(
      """
      first: { act: x, at: n1, run: x, when: 'false', rollback: { run: y } }
      second: { act: x, at: n1, run: x, rollback: { covered-by: first } }
      """)
    #expect(
      skipped.refusals.map(\.reason) == ["nothing would undo it: first, which covers it, is skipped"])
    // Whoever leads after an act is seen then.
    let perhaps = try PaperCluster().plan(
      """
      zero: { act: x, at: n1, run: x, rollback: { run: y } }
      first: { act: x, at: n1, run: x, when: '$cluster.leader == "n1"', rollback: { run: y } }
      second: { act: x, at: n1, run: x, rollback: { covered-by: first } }
      """)
    #expect(
      perhaps.refusals.map(\.reason) == [
        "nothing would undo it: first, which covers it, may be skipped when its turn comes"
      ])
    let far = try PaperCluster(unreachable: ["n3"]).plan(
      "act: { act: x, at: n1, run: x, rollback: { run: y, at: n3 } }")
    #expect(far.refusals.map(\.reason) == ["its undo runs on n3, which cannot be reached"])
  }

  @Test func everyActSaysWhatARollbackBringsBack() throws {
    let plan = try PaperCluster().plan(
      """
      file: { act: x, at: n2, file: { path: /etc/x, content: y } }
      command: { act: x, at: n1, run: x, rollback: { run: y } }
      more: { act: x, at: n1, run: x, rollback: { covered-by: command } }
      gone: { act: x, at: n1, run: x, rollback: none, because: nobody wants it back }
      """)
    let said = (plan.safety?.coverage ?? []).map {
      "\($0.step) \($0.kind.rawValue) \($0.by?.rawValue ?? "-") \($0.restores.joined(separator: ", "))"
    }
    #expect(
      said == [
        "file undone - /etc/x on n2", "command undone - what its command undoes", "more covered command ",
        "gone never - nobody wants it back",
      ])
  }
}
