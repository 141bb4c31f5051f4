import Execution
import Model
import TestSupport
import Testing

/// Each act fails before or after its effect, dies with or without it, is sent twice, and its undo fails or does not:
/// what comes of it is either clean, or says what is owed.
@Suite struct StepFailureCampaign {
  @Test("guarantee 6: wherever an act of a generated runbook fails, the end is clean or says what is owed")
  func generatedGraphs() async throws {
    let campaign = Campaign("failing steps of generated runbooks", ci: 12, soak: 500)
    var count = SabotagedRuns.Count()
    try await campaign.run { one in
      guard let scenario = try Scenario.make(seed: one.random.next()) else { return "refused plans" }
      count += try SabotagedRuns.all(of: scenario, goesWell: false, &one)
      return "runbooks"
    }
    print("campaign failing steps of generated runbooks: \(count)")
  }
}
