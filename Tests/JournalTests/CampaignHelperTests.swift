import TestSupport
import Testing

/// The helper itself: a campaign that cannot fail would prove nothing.
@Suite struct CampaignHelperTests {
  @Test func aCaseThatFailsIsNamed() async throws {
    let campaign = Campaign("self-test", ci: 10, soak: 10)
    let error = await #expect(throws: Campaign.Failure.self) {
      try await campaign.run { one in
        try one.expect(one.number != 7, "seven is wrong")
        return one.number.isMultiple(of: 2) ? "even" : "odd"
      }
    }
    #expect(error?.description.contains("seven is wrong\n  again: ") == true)
    #expect(
      error?.description.contains("BELAY_SEED=\(campaign.seed) BELAY_CASE=7, campaign self-test") == true)
  }

  @Test func theSameSeedGivesTheSameCases() async throws {
    let campaign = Campaign("self-test", ci: 10, soak: 10)
    var rounds: [[UInt64]] = [[], []]
    for round in rounds.indices {
      try await campaign.run { one in
        rounds[round].append(one.random.next())
        return "drawn"
      }
    }
    #expect(rounds[0] == rounds[1])
    #expect(Set(rounds[0]).count == 10)
  }

  @Test func noCaseAtAllIsAFailure() async {
    await #expect(throws: Campaign.Failure.self) {
      try await Campaign("self-test", ci: 0, soak: 0).run { _ in "never" }
    }
  }
}
