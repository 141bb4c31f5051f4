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
    var count = SabotagedRuns.Count()
    try await campaign.run { one in
      let shipped = cast.carried[one.number % cast.carried.count]
      do {
        count += try SabotagedRuns.all(of: Scenario.shipped(shipped), goesWell: true, &one)
      } catch let unfit as Scenario.Unfit {
        throw Campaign.Failure("\(shipped.name) cannot be planned: \(unfit.why)")
      }
      return "runbooks"
    }
    print("campaign failing steps of shipped runbooks: \(count)")
  }
}
