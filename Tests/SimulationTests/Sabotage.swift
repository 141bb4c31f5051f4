import Execution
import TestSupport

/// An act fails before or after its effect, or nobody sees how it ended, is sent once or twice, and its undo fails or does not.
struct Sabotage {
  /// `during`: whoever runs it dies with its effect in place; `lost`: without any.
  enum Moment: CaseIterable { case before, during, after, lost }

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
      // Of the sixteen ways each once before any comes again, and the moments one after the other.
      let way = place * 5 % 16
      return Sabotage(
        step: act.value[place % act.value.count].id, moment: Moment.allCases[way % 4],
        undoFails: way / 4 % 2 == 1, isSentTwice: way / 8 == 1)
    }
  }

  private func fate(of order: ReceiptOrder) -> Fate? {
    guard order.step == step else { return Fate() }
    if order.isUndo { return Fate(trouble: undoFails ? .failsBefore : .none) }
    return switch moment {
    case .before: Fate(trouble: .failsBefore)
    case .during: Fate(trouble: .runnerDies(beforeTheEffect: false))
    case .lost: Fate(trouble: .runnerDies(beforeTheEffect: true))
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
    let mayOwe =
      undoFails || moment == .during || moment == .lost || hasPointOfNoReturn || simulation.hasOtherMembers
    let isClean = ["exit 0", "exit 5"].contains(end.text)
    try one.expect(
      isClean || mayOwe && end.text == "exit 6",
      "\(self): \(end.text)\n\(scenario.book.yaml)\n\(simulation.world.log.joined(separator: "\n"))")
  }
}
