package import Model
package import Planning

/// What happened in a run, in the order in which it was journaled. Live runs and replays go through the same
/// events, so that a journal read tomorrow means what it meant tonight.
package enum RunEvent: Codable, Hashable, Sendable {
  /// A step whose `when:` had to wait for its turn.
  case decided(step: StepID, runs: Bool)
  /// What was seen of the cluster, and why it was looked at.
  case observed(purpose: String, observation: Observation)
  case guarded(task: TaskKey, isUndo: Bool, verdict: GuardVerdict)
  /// A guard that the system declares has been asked.
  case judged(task: TaskKey, isUndo: Bool, verdict: DeclaredVerdict)
  /// On disk before the command is sent, if the step acts.
  case intended(task: TaskKey, node: NodeName?, command: String, attempt: Int)
  case finished(task: TaskKey, outcome: TaskOutcome, output: TaskOutput)
  /// How an unknown outcome was found out.
  /// `output`: what its receipt kept of an act that ended well.
  case settled(task: TaskKey, as: Settlement, output: TaskOutput? = nil)
  /// A failed act that may be tried again: whether it is, and why.
  case retried(task: TaskKey, again: Bool, why: String)
  case unwinding(reason: String)
  case undoIntended(task: TaskKey, node: NodeName?, command: String, attempt: Int)
  case undoFinished(task: TaskKey, outcome: UndoOutcome, output: TaskOutput)
  case interrupted(reason: String)
  /// Somebody put their name to the plan: its author, or one of those who agreed to it.
  case signed(signature: PlanSignature)
  /// The operator typed what will be lost.
  case confirmed(phrase: String, by: String)
  /// An approve step's turn has come, and nobody is there to be asked: the run stops, to be resumed.
  case awaiting(step: StepID)
  case answered(step: StepID, approved: Bool, by: String, why: String)
  /// A controller took the run up again after another one ended.
  case resumed(by: String)
  /// Somebody took the run up to undo it, after it had ended or after it was left half done.
  case reopened(by: String, why: String)
  /// As interrupted, yet what was done stays: the run is to be taken up later.
  case paused(reason: String)
  /// What a person says of an outcome that neither a receipt nor the cluster could tell.
  case ruled(task: TaskKey, as: Ruling, by: String, because: String)
  /// The run holds its cluster under a number that its acts carry. `after`: who had unlocked the cluster before, and why.
  case locked(fence: Fence, after: String?)
  /// Somebody else holds it by now: nothing more is done.
  case takenOver(by: String)
  case compared(restoration: Restoration)
  case ended(exit: Int, summary: RunSummary)
}

package struct TaskKey: Codable, Hashable, Comparable, Sendable, CustomStringConvertible {
  package var step: StepID
  package var index: Int

  package init(_ step: StepID, _ index: Int) {
    self.step = step
    self.index = index
  }

  package var description: String { "\(step).\(index)" }
  package static func < (a: Self, b: Self) -> Bool { (a.step, a.index) < (b.step, b.index) }
}

package enum TaskOutcome: Codable, Hashable, Sendable {
  case done
  /// It ended badly. It may have acted in part, so that its undo is owed.
  case failed(reason: String)
  /// It was never started.
  case refused(reason: String)
  case unknown(reason: String)
}

package enum Settlement: Codable, Hashable, Sendable {
  case done(how: String)
  case failed(reason: String)
  /// Nothing was started, or nothing came of it.
  case without(effect: String)
  /// It never reached its node and may start now.
  case neverStarted
  case undecidable(reason: String)
}

/// How a person settles what nobody else can tell.
package enum Ruling: String, Codable, CaseIterable, Sendable {
  case done
  /// It did not succeed, and may have acted in part: it is undone.
  case failed
  /// It had no effect and has none still, and may be started again.
  case never
}

package enum UndoOutcome: Codable, Hashable, Sendable {
  case undone
  /// There was nothing to undo.
  case nothingToUndo(why: String)
  case owed(reason: String)
}

/// The bounded output that a journal keeps of a command.
package struct TaskOutput: Codable, Hashable, Sendable {
  package var exit: Int?
  package var stdout: String
  package var stderr: String
  /// What was printed in all, before the bound.
  package var stdoutBytes: Int
  package var stderrBytes: Int
  /// The step's `out:` values.
  package var out: Value.Object

  package init(
    exit: Int? = nil, stdout: String = "", stderr: String = "", stdoutBytes: Int = 0, stderrBytes: Int = 0,
    out: Value.Object = [:]
  ) {
    self.exit = exit
    self.stdout = stdout
    self.stderr = stderr
    self.stdoutBytes = stdoutBytes
    self.stderrBytes = stderrBytes
    self.out = out
  }
}

/// The cluster after an unwind, held against the one before the run.
package enum Restoration: Codable, Hashable, Sendable {
  case restored
  case differs([String])
  case unknown(reason: String)
}

/// The four lines that a run ends with.
package struct RunSummary: Codable, Hashable, Sendable {
  package var happened: String
  package var undone: [String]
  package var owed: [String]
  package var next: String?

  package init(happened: String, undone: [String] = [], owed: [String] = [], next: String? = nil) {
    self.happened = happened
    self.undone = undone
    self.owed = owed
    self.next = next
  }
}
