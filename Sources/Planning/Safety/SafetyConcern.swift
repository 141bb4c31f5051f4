package import Model

/// What a plan cannot promise about the cluster, one sentence for each thing that a reviewer should know.
package struct SafetyConcern: Codable, Hashable, Sendable {
  package enum Kind: String, Codable, CaseIterable, Sendable {
    /// From this step on nothing more may fail: the quorum hangs on every voter that is left.
    case noSpare = "no-spare"
    /// From this step on there is no quorum at all.
    case noQuorum = "no-quorum"
    /// The way back meets a guard that says no, so that an undo stays owed.
    case undoRefused = "undo-refused"
    /// `needs` allows an order in which the step's guard says no.
    case unluckyOrder = "unlucky-order"
    /// A rollback leaves other members than there were.
    case notRestored = "not-restored"
    /// There was too much to look at; what was not proven is left to the guards.
    case unproven
  }

  package var kind: Kind
  /// The act that brings it about; nil when it is so before the first one.
  package var step: StepID?
  /// The act, or on the way back the undo, that ends it.
  package var until: StepID?
  /// The act whose undo it happens in or to.
  package var undo: StepID?
  /// The members of which one has to fail for it to matter; empty when nothing more needs to fail.
  package var failing: [String] = []
  package var text: String
}

/// What was found out about a plan's acts and their undos before anything is touched.
package struct PlanSafety: Codable, Hashable, Sendable {
  /// How every act is undone, in the plan's order.
  package var coverage: [UndoCoverage]
  package var concerns: [SafetyConcern]
  /// How many states of the cluster were looked at; 0 when there was nothing to prove.
  package var states: Int
  /// Whether these are all that the plan can reach.
  package var isComplete: Bool
}
