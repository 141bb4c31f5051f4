import Execution
import Model
import Planning
import TestSupport
import Testing

/// Steps whose node is known only when their turn comes.
@Suite struct OpenPlaceTests {
  @Test func theFirstHealthyOneIsChosenWhenItsTurnComes() async throws {
    let bench = try Bench(
      """
      ask:
        act: One of the members is told
        at: any(members)
        run: echo ${here.name} >> ${here.home}/acts
        rollback: { run: "echo undo-${here.name} >> ${here.home}/acts" }
      fail: { verify: Nothing holds, expect: 'false' }
      """)
    try bench.show(on: Bench.names[0], unhealthy: [Bench.names[0]])
    // What was healthy in the plan is not, which no undo mends.
    #expect(try await bench.start(bench.transport()) == .needsPerson)
    #expect(bench.acts(on: "n2") == ["n2", "undo-n2"] && bench.acts(on: "n1") == [])
  }

  @Test func theLeaderKnowsItsOwnValues() async throws {
    let bench = try Bench(
      """
      ask:
        act: The leader is told
        at: leader
        run: echo ${here.name} >> ${node.home}/acts
        rollback: none
        because: it is a line in a log
      """)
    #expect(try await bench.start(bench.transport()) == .done)
    #expect(bench.acts(on: "n1") == ["n1"])
  }
}
