import Execution
import Model
import Synchronization
import TestSupport
import Testing

/// Members hear of each other's changes late: what is not seen is looked for twice.
@Suite struct SecondLookTests {
  @Test("guarantee 6: an effect that comes round late is undone", arguments: [true, false])
  func lateEffect(comesRound: Bool) async throws {
    let bench = try Bench(
      """
      one:
        act: One
        at: n1
        run: echo one >> ${node.home}/acts; exit 1
        landed: $cluster.members | any(.index == 11)
        rollback: { run: "echo undo-one >> ${node.home}/acts" }
      """)
    let looks = Mutex<Int?>(nil)
    let transport = bench.transport { request in
      if request.runs("one.0") { looks.withLock { $0 = 0 } }
      guard request.isLook else { return .none }
      let count = looks.withLock { looks in
        looks = looks.map { $0 + 1 }
        return looks ?? 0
      }
      // The first look at three nodes is over.
      if comesRound, count == 4 { for name in Bench.names { try? bench.show(on: name, index: 11) } }
      return .none
    }
    #expect(try await bench.start(transport) == .rolledBack)
    #expect(bench.acts() == (comesRound ? ["one", "undo-one"] : ["one"]))
  }
}
