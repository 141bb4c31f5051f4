import Execution
import Model
import TestSupport
import Testing

/// Each act fails before, in and after its effect, is sent twice, and its undo fails or does not: what comes of it is
/// either clean, or says what is owed.
@Suite struct StepFailureCampaign {
  enum Moment: CaseIterable { case before, during, after }

  private struct Sabotage {
    var step: String
    var moment: Moment
    var undoFails: Bool
    var isSentTwice: Bool

    static func all(of book: GeneratedRunbook) -> [Sabotage] {
      book.steps.filter(\.isAct).flatMap { step in
        Moment.allCases.flatMap { moment in
          [false, true].flatMap { undoFails in
            [false, true].map {
              Sabotage(step: step.id, moment: moment, undoFails: undoFails, isSentTwice: $0)
            }
          }
        }
      }
    }

    func fate(of order: ReceiptOrder) -> Fate? {
      guard order.step == step else { return Fate() }
      if order.isUndo { return Fate(trouble: undoFails ? .failsBefore : .none) }
      return switch moment {
      case .before: Fate(trouble: .failsBefore)
      case .during: Fate(trouble: .runnerDies)
      case .after: Fate(trouble: .failsAfter)
      }
    }
  }

  @Test("guarantee 6: wherever an act of a generated runbook fails, the end is clean or says what is owed")
  func generatedGraphs() async throws {
    let campaign = Campaign("failing steps of generated runbooks", ci: 12, soak: 500)
    var runs = 0
    try await campaign.run { one in
      guard let scenario = try Scenario.make(seed: one.random.next()) else { return "refused plans" }
      for sabotage in Sabotage.all(of: scenario.book) {
        let simulation = Simulation(scenario, seed: one.random.next(), weather: .calm)
        simulation.world.sendsTwice = sabotage.isSentTwice
        simulation.world.interfere = { command in
          guard case .receipt(let order) = command else { return nil }
          return sabotage.fate(of: order)
        }
        let end = try simulation.begin()
        let hasPointOfNoReturn = simulation.world.judge.hasLostForGood
        try simulation.mustHold(after: end)
        // Nothing but the sabotage went wrong.
        let mayOwe = sabotage.undoFails || sabotage.moment == .during || hasPointOfNoReturn
        let isClean = ["exit 0", "exit 5"].contains(end.text)
        try one.expect(
          isClean || mayOwe && end.text == "exit 6", "\(sabotage): \(end.text)\n\(scenario.book.yaml)")
        runs += 1
      }
      return "runbooks"
    }
    print("campaign failing steps of generated runbooks: \(runs) runs")
  }
}
