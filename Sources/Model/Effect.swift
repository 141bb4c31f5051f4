/// What an act does to a cluster's membership: what guards judge and the timeline shows.
package struct Effect: Hashable, Sendable {
  package enum Kind: String, CaseIterable, Codable, Sendable {
    case addLearner = "add-learner"
    case addVoter = "add-voter"
    case promote
    case remove
    case stop
    case start
    /// Down for a while, and back when the act is over.
    case restart
    case wipe
    case transferLeadership = "transfer-leadership"

    /// Leadership moves by itself: no run brings it back, and none needs to.
    package var needsNoUndo: Bool { self == .transferLeadership }
  }

  package var kind: Kind
  /// The node it happens to; for a transfer the one that gives leadership up.
  package var target: Located<Selector>

  package init(kind: Kind, target: Located<Selector>) {
    self.kind = kind
    self.target = target
  }
}

/// How an act is undone.
package enum Rollback: Sendable {
  case command(UndoCommand)
  /// An earlier act's undo undoes this one too.
  case covered(by: Located<StepID>)
  /// A point of no return, and why.
  case none(because: String)
  /// The act brings its own undo, as `file:` does.
  case implied
}

package struct UndoCommand: Sendable {
  package var run: ScalarText
  package var effect: Effect?
  /// Nil: where the act ran.
  package var at: Located<Selector>?

  package init(run: ScalarText, effect: Effect?, at: Located<Selector>?) {
    self.run = run
    self.effect = effect
    self.at = at
  }
}
