extension RunEvent {
  /// The only event that may follow the end of a run.
  var isReopening: Bool { if case .reopened = self { true } else { false } }

  /// The event's name in the journal.
  package var kind: String {
    switch self {
    case .decided: "decided"
    case .observed: "observed"
    case .guarded: "guarded"
    case .judged: "judged"
    case .intended: "intended"
    case .finished: "finished"
    case .settled: "settled"
    case .retried: "retried"
    case .unwinding: "unwinding"
    case .undoIntended: "undoIntended"
    case .undoFinished: "undoFinished"
    case .interrupted: "interrupted"
    case .resumed: "resumed"
    case .reopened: "reopened"
    case .paused: "paused"
    case .ruled: "ruled"
    case .locked: "locked"
    case .takenOver: "takenOver"
    case .signed: "signed"
    case .confirmed: "confirmed"
    case .awaiting: "awaiting"
    case .answered: "answered"
    case .compared: "compared"
    case .ended: "ended"
    }
  }
}
