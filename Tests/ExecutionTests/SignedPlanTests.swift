import Execution
import Hashing
import Journal
import Model
import Planning
import TestSupport
import Testing

/// A plan that needs approvals, in the run machine and in the journal.
@Suite struct SignedPlanTests {
  private let steps = """
    look: { diagnose: Look, at: n1, run: "true" }
    act: { act: Act, at: n1, run: "true", rollback: { run: "true" } }
    """

  private func plan() throws -> Plan {
    var planner = try Bench.planner(steps)
    planner.approval = PlanApproval(required: 1, allowedSigners: "signers", author: "alice")
    return try planner.plan(PlanningFacts(observation: Bench.observation))
  }

  private func signature(_ purpose: PlanSignature.Purpose, _ name: String, of digest: String) -> PlanSignature
  {
    PlanSignature(
      purpose: purpose, digest: digest, evidence: "e", principals: [name], fingerprint: "SHA256:\(name)",
      signature: "s", allowedSigners: "a")
  }

  private let act = TaskKey(StepID("act"), 0)
  private var intent: RunEvent { .intended(task: act, node: NodeName("n1"), command: "true", attempt: 1) }

  /// Up to where the act is due, with these signatures before.
  private func machine(_ signatures: [PlanSignature]) throws -> RunMachine {
    var machine = RunMachine(plan: try plan())
    for signature in signatures { try machine.apply(.signed(signature: signature)) }
    let look = TaskKey(StepID("look"), 0)
    try machine.apply(.intended(task: look, node: NodeName("n1"), command: "true", attempt: 1))
    try machine.apply(.finished(task: look, outcome: .done, output: TaskOutput()))
    return machine
  }

  @Test("guarantee 9: no act is intended before its plan's approvals are journaled")
  func actsWaitForSignatures() throws {
    let digest = try plan().digest().hex
    let (alice, bob) = (signature(.author, "alice", of: digest), signature(.approve, "bob", of: digest))
    for signatures in [[], [alice], [bob], [alice, signature(.approve, "alice", of: digest)]] {
      var machine = try machine(signatures)
      #expect {
        try machine.apply(intent)
      } throws: {
        "\($0)".contains("the plan is not approved by 1 besides its author")
      }
    }
    var machine = try machine([alice, bob])
    try machine.apply(intent)
    #expect(machine.signatures == [alice, bob])
    #expect(throws: IllegalEvent.self) { try machine.apply(.signed(signature: bob)) }
    var unsigned = RunMachine(
      plan: try Bench.planner(steps).plan(PlanningFacts(observation: Bench.observation)))
    #expect(throws: IllegalEvent.self) { try unsigned.apply(.signed(signature: bob)) }
  }

  @Test("guarantee 9: a journal's signatures are of its plan, and a resumed run has them again")
  func signaturesInTheJournal() throws {
    let scratch = ScratchDirectory(inMemory: true)
    let plan = try plan()
    let digest = try plan.digest().hex
    func replay(_ digests: [String]) throws -> RunLog.Replay {
      let path = scratch.path(of: "j\(digests.count)\(digests.last ?? "")")
      let start = RunLog.Start(
        run: RunID("r"), plan: plan, planDigest: digest, belay: "1", operatorName: "me", host: "h",
        directory: "/",
        previousHead: nil)
      let journal = try JournalWriter.create(path, kind: RunLog.startKind, binding: try RunLog.binding(start))
      let events = zip([PlanSignature.Purpose.author, .approve], digests).map {
        RunEvent.signed(signature: signature($0, $0.rawValue, of: $1))
      }
      try journal.append(try events.map(RunLog.entry))
      return try RunLog.replay(try JournalReader.read(path).records)
    }
    #expect(try replay([digest, digest]).machine.signatures.map(\.person) == ["author", "approve"])
    #expect { try replay([digest, "other"]) } throws: {
      "\($0)".contains("record 2: a signature of another plan")
    }
  }
}
