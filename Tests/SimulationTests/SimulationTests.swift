import Execution
import Model
import TestSupport
import Testing

@Suite struct SimulationTests {
  @Test func seeds() throws {
    var ends: [String: Int] = [:]
    var scenario: Scenario?
    var broken = 0
    for seed in 0..<1000 as Range<UInt64> {
      if seed % 10 == 0 { scenario = try Scenario.make(seed: seed / 10) }
      guard let scenario else {
        ends["refused plan", default: 0] += 1
        continue
      }
      let simulation = Simulation(scenario, seed: seed, weather: seed % 3 == 0 ? .calm : .rough)
      let end = try simulation.live()
      let objections = try simulation.objections(after: end)
      ends["\(end)", default: 0] += 1
      if !objections.isEmpty {
        Issue.record("seed \(seed): \(objections)\n\(scenario.book.yaml)\n\(simulation.world.log.joined(separator: "\n"))")
        broken += 1
        if broken > 3 { break }
      }
    }
    print(ends)
  }
}
