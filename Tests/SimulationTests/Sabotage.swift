import Execution

/// An act fails before or after its effect, or nobody sees how it ended, is sent once or twice, and its undo fails or does not.
struct Sabotage {
  /// `during`: whoever runs it dies with its effect in place; `lost`: without any.
  enum Moment: CaseIterable { case before, during, after, lost }

  var step: String
  var moment: Moment
  var undoFails = false
  var isSentTwice: Bool
}
