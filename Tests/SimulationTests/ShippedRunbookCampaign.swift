import Execution
import Loading
import Model
import Platform
import TestSupport
import Testing

/// The same failures as in generated runbooks, in every runbook that comes with belay.
@Suite struct ShippedRunbookCampaign {
  @Test("guarantee 6: wherever an act of a shipped runbook fails, the end is clean or says what is owed")
  func shippedRunbooks() async throws {
    let cast = try ShippedCast()
    let campaign = Campaign(
      "failing steps of shipped runbooks", ci: cast.carried.count, soak: cast.carried.count * 20)
    var runs = 0
    var acts = 0
    try await campaign.run { one in
      let shipped = cast.carried[one.number % cast.carried.count]
      do {
        let scenario = try Scenario.shipped(shipped)
        let plain = Simulation(scenario, seed: one.random.next(), weather: .calm)
        plain.world.interfere = { _ in Fate() }
        let end = try plain.begin()
        try one.expect(
          end.text == "exit 0",
          "\(shipped.name): \(end.text)\n\(plain.world.log.joined(separator: "\n"))\n\(plain.world.judge.events.suffix(4))"
        )
        try plain.mustHold(after: end)
        let all = Campaign.isSoak ? Sabotage.all(of: scenario.book) : Sabotage.sample(of: scenario.book)
        for sabotage in all {
          try sabotage.run(scenario, &one)
          runs += 1
        }
        acts += scenario.book.steps.count { $0.isAct }
      } catch let unfit as Scenario.Unfit {
        throw Campaign.Failure("\(shipped.name) cannot be planned: \(unfit.why)")
      }
      return "runbooks"
    }
    print("campaign failing steps of shipped runbooks: \(acts) acts, \(runs) runs")
  }
}
