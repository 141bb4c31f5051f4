import Execution
import Model
import TestSupport
import Testing

/// Whole runs of runbooks that nobody wrote, in worlds where anything breaks. Everything in them comes from one number,
/// the order in which belay's own tasks run and the time that passes included.
@Suite struct SimulationCampaign {
  /// Runbooks are planned once for so many runs.
  private static let sharing = 10

  @Test(
    "guarantees 1 to 8: whatever breaks, and wherever the controller dies, nothing is done that was not promised"
  )
  func simulation() async throws {
    let campaign = Campaign("simulation", ci: 2_000, soak: 200_000)
    var cast = Cast(seed: campaign.seed)
    var ends: Set<String> = []
    var lives = 0
    var wayBacks = 0
    try await campaign.run { one in
      guard let scenario = try cast.scenario(one.number / Self.sharing) else { return "refused plans" }
      let weather: Weather = one.number.isMultiple(of: 4) ? .regret : .rough
      let simulation = Simulation(scenario, seed: one.random.next(), weather: weather)
      let end = try simulation.live()
      lives += simulation.controllers
      wayBacks += simulation.wasWantedBack ? 1 : 0
      try simulation.mustHold(after: end)
      ends.insert(end.text)
      return end.text
    }
    guard Campaign.isWhole else { return }
    print("campaign simulation: \(lives) lives of controllers, \(wayBacks) runs undone after their end")
    #expect(wayBacks > campaign.size / 20)
    #expect(ends.isSuperset(of: ["exit 0", "exit 4", "exit 5", "exit 6", "no journal"]), "\(ends)")
  }

  @Test(
    "guarantee 5: a run that dies on its way, and again while it is taken up, has its end after the next resume"
  )
  func crashPairs() async throws {
    let campaign = Campaign("crash during recovery and rollback", ci: 500, soak: 20_000)
    var cast = Cast(seed: campaign.seed)
    var backwards = 0
    try await campaign.run { one in
      guard let scenario = try cast.scenario(one.number / Self.sharing) else { return "refused plans" }
      let seed = one.random.next()
      let weather: Weather = one.number.isMultiple(of: 3) ? .failing : .hopeless
      // Once to its end, to know where it can die; then the same again, and again.
      let whole = Simulation(scenario, seed: seed, weather: weather)
      try whole.mustHold(after: try whole.begin())
      let turn = whole.world.judge.turnedBackAt
      if turn != nil { backwards += 1 }
      let first = one.moment(turn ?? Moments(), whole.moments)
      let once = Simulation(scenario, seed: seed, weather: weather)
      guard case .died = try once.begin(first) else { return "ended before it could die" }
      let recovered = try once.resume()
      let second = one.moment(Moments(), once.moments)
      try once.mustHold(after: recovered)
      let twice = Simulation(scenario, seed: seed, weather: weather)
      _ = try twice.begin(first)
      let interrupted = try twice.resume(second)
      let end = if case .died = interrupted { try twice.resume() } else { interrupted }
      try twice.mustHold(after: end)
      return end.text
    }
    if Campaign.isWhole { #expect(backwards > campaign.size / 5, "\(backwards) were on their way back") }
  }

  @Test("a seed is one run: the same again, to the last event", arguments: [3, 17, 40])
  func sameAgain(_ number: Int) async throws {
    var cast = Cast(seed: 1)
    let scenario = try #require(try cast.scenario(number))
    let logs = try (0..<2).map { _ in
      let simulation = Simulation(scenario, seed: UInt64(number), weather: .rough)
      _ = try simulation.objections(after: try simulation.live())
      return simulation.world.log
    }
    #expect(logs[0] == logs[1])
    #expect(!logs[0].isEmpty)
  }
}
