import Model
import Planning
import TestSupport
import Testing

@Suite struct StepGraphTests {
  @Test func aStepNeedsTheOneAboveIt() throws {
    let graph = try #require(StepGraph([("a", nil), ("b", nil), ("c", [])].map(step)))
    #expect(graph.order == ["a", "b", "c"].map { StepID($0) })
    #expect(graph.needs[StepID("b")] == [StepID("a")])
    #expect(graph.needs[StepID("c")] == [])
    #expect(graph.ancestors(of: StepID("b")) == [StepID("a")])
  }

  @Test func cyclesMakeNoGraph() {
    #expect(StepGraph([("a", ["b"]), ("b", ["a"])].map(step)) == nil)
    #expect(StepGraph([("a", ["a"])].map(step)) == nil)
    #expect(StepGraph([("a", ["nowhere"])].map(step)) == nil)
    #expect(StepGraph([("a", ["b"]), ("b", []), ("c", ["a", "c"])].map(step)) == nil)
  }

  @Test("guarantee 6: on random graphs the order respects the needs, and the way back is its reverse")
  func randomGraphs() throws {
    var random = SeededRandom.fresh()
    for _ in 0..<200 {
      let count = Int.random(in: 1...12, using: &random)
      // Needs point to a lower rank, and the order of writing is another one: no cycle, yet nothing is sorted.
      let ranks = Array(0..<count).shuffled(using: &random)
      let steps = ranks.map { rank -> (id: StepID, needs: [StepID]?) in
        let needs = (0..<rank).filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
        return (id: StepID("s\(rank)"), needs: needs.map { StepID("s\($0)") })
      }
      let graph = try #require(StepGraph(steps), "seed \(random.seed)")
      #expect(graph.order.sorted() == steps.map(\.id).sorted(), "seed \(random.seed)")
      let position = Dictionary(uniqueKeysWithValues: graph.order.enumerated().map { ($1, $0) })
      for step in steps {
        for need in step.needs ?? [] {
          #expect((position[need] ?? .max) < (position[step.id] ?? -1), "seed \(random.seed)")
          #expect(graph.ancestors(of: step.id).contains(need))
          #expect(graph.dependants[need]?.contains(step.id) == true)
        }
      }
      let done = Set(graph.order.filter { _ in Bool.random(using: &random) })
      let unwind = unwindOrder(of: done, in: graph.order)
      #expect(unwind == graph.order.filter(done.contains).reversed(), "seed \(random.seed)")
      for (index, step) in unwind.enumerated() {
        // Whatever was built on it has been undone before.
        let later = Set(unwind[(index + 1)...])
        #expect(!later.contains { graph.ancestors(of: $0).contains(step) }, "seed \(random.seed)")
      }
    }
  }

  private func step(_ id: String, _ needs: [String]?) -> (id: StepID, needs: [StepID]?) {
    (id: StepID(id), needs: needs?.map { StepID($0) })
  }
}
