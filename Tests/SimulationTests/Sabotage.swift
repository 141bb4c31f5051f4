import Execution

/// An act fails before, in or after its effect, is sent once or twice, and its undo fails or does not.
struct Sabotage {
  enum Moment: CaseIterable { case before, during, after }

  var step: String
  var moment: Moment
  var undoFails = false
  var isSentTwice: Bool
}
