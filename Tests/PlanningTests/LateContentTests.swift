import Loading
import Model
import Testing

@testable import Planning

/// What a step says only once an act has run cannot stand in what is reviewed before.
@Suite struct LateContentTests {
  @Test func aFileNeedsWhatIsKnownWhilePlanning() throws {
    do {
      _ = try PaperCluster().plan(
        """
        first: { act: t, at: n1, run: touch x, rollback: { run: rm x } }
        ask: { diagnose: t, at: n1, run: uptime, out: { load: . } }
        write: { act: t, at: n1, file: { path: /etc/x, content: "${steps.ask.load}" } }
        """)
      Issue.record("it was planned")
    } catch let error as DiagnosticList {
      #expect(error.diagnostics.map(\.code) == ["late-content"])
    }
  }

  @Test func aDiagnosisBeforeEveryActMayBeAsked() throws {
    let plan = try PaperCluster().plan(
      """
      ask: { diagnose: t, at: n1, run: uptime, out: { load: . } }
      write: { act: t, at: n1, file: { path: /etc/x, content: "${steps.ask.load}" } }
      """)
    #expect(plan.steps.count == 2)
  }

  /// `here` in an undo is the node that the undo runs on.
  @Test func anUndoElsewhereSpeaksOfThatNode() throws {
    let plan = try PaperCluster().plan(
      """
      a: { act: t, at: n1, run: touch x, rollback: { at: n2, run: "tell ${here.address}" } }
      b: { act: t, at: n1, run: touch y, rollback: { at: any(members - n1), run: "tell ${here.address}" } }
      """)
    #expect(plan.steps[0].tasks[0].undo?.display == "tell 10.0.0.2")
    #expect(plan.steps[1].tasks[0].undo?.late["here.address"] != nil)
  }

  /// A cluster that does not agree is refused; nothing is wrong with the runbook.
  @Test func membersNobodyAgreesOnAreNoMistakeOfTheRunbook() throws {
    let text = """
      system: paper
      summary: s
      observe: { ask: { view: { run: x, parse: json } }, view: .view, identify: $member.name == $node.name }
      """
    let system = try #require(loadSystem(SourceFile(path: "system.yaml", text: text)).value)
    var cluster = PaperCluster()
    cluster.unreachable = ["n1", "n2", "n3"]
    let plan = try cluster.plan("ask: { diagnose: t, at: any(members), run: uptime }", system: system)
    #expect(plan.refusals.contains { $0.reason.contains("no member could be asked") }, "\(plan.refusals)")
  }
}
