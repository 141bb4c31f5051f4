import Model
import Planning
import Report
import Testing

/// How long a plan may take, from earlier runs made up here.
@Suite struct TimeEstimateTests {
  private func run(_ seconds: [String: Double]) -> [StepID: Double] {
    Dictionary(uniqueKeysWithValues: seconds.map { (StepID($0.key), $0.value) })
  }

  private func estimate(_ past: [[String: Double]]) throws -> TimeEstimate? {
    TimeEstimate(try EtcdScenario.addNode.plan(), past: past.map(run))
  }

  @Test func nothingIsSaidOfWhatWasNeverMeasured() throws {
    #expect(try estimate([]) == nil)
    #expect(try estimate([["another": 5]]) == nil)
    #expect(try estimate([["join": .infinity], ["join": .nan], ["join": -1]]) == nil)
    #expect(!PlanForms(try EtcdScenario.addNode.plan()).text.contains("earlier run"))
  }

  @Test func theMedianOfEachStepCounts() throws {
    let odd = try #require(try estimate([["join": 9], ["join": 1], ["join": 2]]))
    #expect(odd.steps.map(\.step.rawValue) == ["join"] && odd.steps[0].seconds == 2 && odd.steps[0].runs == 3)
    let even = try #require(try estimate([["join": 9], ["join": 1], ["start": 4], [:]]))
    #expect(even.steps.map(\.seconds) == [5, 4] && even.steps.map(\.runs) == [2, 1])
    #expect(even.runs == 3 && even.seconds == 9)
    #expect(
      even.unknown
        == ["reach", "vacant", "seeds", "configure", "caught_up", "promote", "healthy"].map { StepID($0) })
    #expect(even.text.hasPrefix("about 9 s, judging by 3 earlier runs; never measured: reach, "))
  }

  /// `reach`, `vacant` and `seeds` run together: only the slowest holds the rest up.
  @Test func stepsThatRunTogetherAreNotAddedUp() throws {
    let estimate = try #require(try estimate([["reach": 3, "vacant": 40, "seeds": 5, "configure": 10]]))
    #expect(estimate.seconds == 50)
  }

  @Test func skippedStepsTakeNoTime() throws {
    let plan = try EtcdScenario.removeNode.plan()
    let estimate = try #require(TimeEstimate(plan, past: [run(["transfer": 60, "remove": 7200])]))
    #expect(estimate.seconds == 7200 && estimate.steps.map(\.step.rawValue) == ["remove"])
    #expect(estimate.text.hasPrefix("about 2 h, judging by 1 earlier run;"))
  }
}
