import Execution
import Model
import Planning
import Testing

/// Guards that a system declares, asked again on a fresh look right before each act and each undo.
@Suite struct DeclaredGuardRunTests {
  private let system = """
    votes: false
    guards:
      copies:
        on: [stop, remove]
        require: '[$after.members[] | select(.healthy)] | length >= 2'
        because: a shard would lose its second copy with ${target}
        evidence: '[$cluster.members[] | select(.healthy) | .name] | join(",")'
      spoken: { on: start, require: "false", because: it will be slow, severity: warning }
    """

  /// What comes before the stop may make n3 say that it is unwell.
  private func bench(_ before: String = "true") throws -> Bench {
    try Bench(
      """
      before: { act: Something else, at: n3, run: "\(before)", rollback: { run: "true" } }
      stop:
        act: Stop it
        at: n1
        effect: { stop: n1 }
        run: echo stopped >> ${here.home}/acts
        rollback: { run: "echo started >> ${here.home}/acts", effect: { start: n1 } }
      """, system: system)
  }

  private func verdicts(_ bench: Bench) throws -> [String] {
    try bench.events().compactMap { event in
      guard case .judged(let task, let isUndo, let verdict) = event else { return nil }
      return "\(isUndo ? "undo " : "")\(task.step) \(verdict.guardName) \(verdict.decision.rawValue) "
        + verdict.evidence.joined(separator: ";")
    }
  }

  @Test("guarantee 8: a declared guard is asked on a fresh look, and its evidence is journaled")
  func allowed() async throws {
    let bench = try bench()
    #expect(try await bench.start(bench.transport()) == .done)
    #expect(try verdicts(bench) == ["stop copies allow n1,n2,n3"])
  }

  @Test("guarantee 8: what has changed since planning is refused right before the act")
  func refusedLate() async throws {
    let bench = try bench("sed -i s/true/false/ ${here.home}/view.json")
    #expect(try bench.plan().isApplicable)
    let exit = try await bench.start(bench.transport())
    #expect(exit != .done)
    #expect(try verdicts(bench) == ["stop copies refuse n1,n2"])
    #expect(bench.acts() == [])
  }

  @Test("guarantee 6: an undo is asked for like an act")
  func undone() async throws {
    let bench = try bench()
    let exit = try await bench.start(
      bench.transport(), rehearsal: Rehearsal(step: StepID("stop"), moment: .after))
    #expect(exit == .rolledBack)
    #expect(try verdicts(bench) == ["stop copies allow n1,n2,n3", "undo stop spoken warn "])
    #expect(bench.acts() == ["stopped", "started"])
  }
}
