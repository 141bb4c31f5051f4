import Execution
import TestSupport

/// An act fails before, in or after its effect, is sent once or twice, and its undo fails or does not.
struct Sabotage {
  enum Moment: CaseIterable { case before, during, after }

  var step: String
  var moment: Moment
  var undoFails: Bool
  var isSentTwice: Bool

  static func all(of book: JudgedRunbook) -> [Sabotage] {
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

  /// Each act that is written, with the moments, the rounds of its loop and what may come on top in turn.
  static func sample(of book: JudgedRunbook) -> [Sabotage] {
    let written = Dictionary(grouping: book.steps.filter(\.isAct), by: \.source).sorted { $0.key < $1.key }
    return written.enumerated().map { place, act in
      Sabotage(
        step: act.value[place % act.value.count].id, moment: Moment.allCases[place % Moment.allCases.count],
        undoFails: place % 4 % 2 == 1, isSentTwice: place % 4 > 1)
    }
  }

  private func fate(of order: ReceiptOrder) -> Fate? {
    guard order.step == step else { return Fate() }
    if order.isUndo { return Fate(trouble: undoFails ? .failsBefore : .none) }
    return switch moment {
    case .before: Fate(trouble: .failsBefore)
    case .during: Fate(trouble: .runnerDies)
    case .after: Fate(trouble: .failsAfter)
    }
  }

  /// What comes of it is clean, or says what is owed.
  func run(_ scenario: Scenario, _ one: inout Campaign.Case) throws {
    let simulation = Simulation(scenario, seed: one.random.next(), weather: .calm)
    simulation.world.sendsTwice = isSentTwice
    simulation.world.interfere = { command in
      guard case .receipt(let order) = command else { return nil }
      return fate(of: order)
    }
    let end = try simulation.begin()
    let hasPointOfNoReturn = simulation.world.judge.hasLostForGood
    try simulation.mustHold(after: end)
    // Nothing but the sabotage went wrong.
    let mayOwe = undoFails || moment == .during || hasPointOfNoReturn || simulation.hasOtherMembers
    let isClean = ["exit 0", "exit 5"].contains(end.text)
    try one.expect(
      isClean || mayOwe && end.text == "exit 6",
      "\(self): \(end.text)\n\(scenario.book.yaml)\n\(simulation.world.log.joined(separator: "\n"))")
  }
}
