import Execution
import Journal
import Model
import Planning
import Platform
import TestSupport
import Testing
import Transport

@Suite struct JournalSchemaTests {
  private let steps = """
    one:
      act: One
      at: n1
      run: echo one
      rollback: { run: "echo undo" }
    check:
      verify: Check
      at: n1
      run: "false"
    """

  /// What a run that failed and was rolled back wrote.
  private func records() async throws -> [Value] {
    let bench = try Bench(steps)
    _ = try await bench.start(bench.transport())
    let text = String(decoding: try readFile(bench.journalPath, limit: 1 << 24), as: UTF8.self)
    return try text.split(separator: "\n").map { try JSONReader.parse(String($0)) }
  }

  @Test func holdsForAWholeRun() async throws {
    let records = try await records()
    let kinds = Set(records.compactMap { $0["kind"]?.stringValue })
    #expect(kinds.isSuperset(of: ["run-started", "intended", "finished", "undo-finished", "ended"]))
    let findings = try await JSONSchemaChecker(try RunLog.schema()).findings(in: records)
    for findings in findings { #expect(findings.isEmpty, "\(findings.suffix(3))") }
  }

  @Test func holdsForEveryEvent() async throws {
    let record = try #require(try await records().last?.objectValue)
    let task = TaskKey(StepID("one"), 0)
    let output = TaskOutput(exit: 0, stdout: "x", out: ["a": [1, "b"]])
    let verdict = GuardVerdict.example
    var events: [RunEvent] = [
      .decided(step: task.step, runs: true), .observed(purpose: "x", observation: Bench.observation),
      .observed(
        purpose: "x",
        observation: agree([
          NodeReport(node: NodeName("n1"), answer: .unreachable(why: "x", help: nil)),
          NodeReport(node: NodeName("n2"), answer: .silent("x")),
        ])), .guarded(task: task, isUndo: true, verdict: verdict),
      .judged(
        task: task, isUndo: false,
        verdict: DeclaredVerdict(guardName: "x", decision: .warn, reason: "y", evidence: ["z"])),
      .intended(task: task, node: nil, command: "x", attempt: 1), .retried(task: task, again: true, why: "x"),
      .unwinding(reason: "x"), .undoIntended(task: task, node: NodeName("n1"), command: "x", attempt: 1),
      .interrupted(reason: "x"), .resumed(by: "x"), .reopened(by: "x", why: "y"), .paused(reason: "x"),
      .ruled(task: task, as: .never, by: "x", because: "y"), .confirmed(phrase: "x", by: "y"),
      .signed(
        signature: PlanSignature(
          purpose: .approve, digest: "x", evidence: "x", principals: ["x"], fingerprint: "x", signature: "x",
          allowedSigners: "x")), .awaiting(step: task.step),
      .answered(step: task.step, approved: true, by: "x", why: "y"),
      .locked(fence: Fence(cluster: ClusterName("c"), token: 7), after: "x"), .takenOver(by: "x"),
      .ended(exit: 6, summary: RunSummary(happened: "x", undone: ["y"], owed: ["z"], next: nil)),
    ]
    for outcome: TaskOutcome in [.done, .failed(reason: "x"), .refused(reason: "x"), .unknown(reason: "x")] {
      events.append(.finished(task: task, outcome: outcome, output: output))
    }
    for settlement: Settlement in [
      .done(how: "x"), .failed(reason: "x"), .without(effect: "x"), .neverStarted, .undecidable(reason: "x"),
    ] {
      events.append(.settled(task: task, as: settlement))
    }
    for outcome: UndoOutcome in [.undone, .nothingToUndo(why: "x"), .owed(reason: "x")] {
      events.append(.undoFinished(task: task, outcome: outcome, output: output))
    }
    for restoration: Restoration in [.restored, .differs(["x"]), .unknown(reason: "x")] {
      events.append(.compared(restoration: restoration))
    }
    #expect(Set(events.map(\.kind)) == Set(RunEvent.caseNames))
    let written = try events.map { event -> Value in
      let entry = try RunLog.entry(event)
      var copy = record
      copy["kind"] = .string(entry.kind)
      copy["data"] = entry.data
      return .object(copy)
    }
    let checker = JSONSchemaChecker(try RunLog.schema())
    for findings in try await checker.findings(in: written) {
      #expect(findings.isEmpty, "\(findings.suffix(3))")
    }
    let broken: [Value] = written.map { record in
      var copy = record.objectValue ?? [:]
      copy["data"] = ["task": 5]
      return .object(copy)
    }
    for (record, findings) in zip(broken, try await checker.findings(in: broken)) {
      #expect(!findings.isEmpty, "\(record.json())")
    }
  }
}

extension GuardVerdict {
  fileprivate static var example: GuardVerdict {
    judge(
      .stop, target: "n1", among: [GuardedMember(name: "n1", isVoter: true, health: .healthy, isLeader: true)]
    )
  }
}
