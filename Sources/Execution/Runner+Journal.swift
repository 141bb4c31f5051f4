import Journal
import Model
import Planning

/// What of the journal has to be on the disk when, and the room that it needs there.
extension Runner {
  /// Returns when all that was recorded so far is on the disk, or cannot get there: `canAct` knows. Steps that start
  /// together share one sync, which the first of them makes: a task of its own would run where no caller says.
  func secure() async {
    if isSyncDue { return await withCheckedContinuation { waitingForSync.append($0) } }
    isSyncDue = true
    // Steps that were handed out together get as far as their intents without waiting for anything but their turn.
    for _ in 0..<Self.patience where setOut > 0 { await Task.yield() }
    isSyncDue = false
    let others = waitingForSync
    waitingForSync = []
    defer { for other in others { other.resume() } }
    guard journalFailure == nil else { return }
    do { try journal.sync() } catch { journalFailure = error }
  }

  private static let patience = 10_000

  /// Why something is not begun: there is no room for what it would have to record. The end of the run can still be
  /// written, since room for that was reserved before the first act.
  func lackOfRoom(forUndo isUndo: Bool = false) -> String? {
    do throws(JournalError) {
      // The outputs of those that run already have yet to come.
      let needed =
        isUndo ? Self.undoRoom : Self.actRoom + machine.running.count * Self.usualRoom
      try journal.ensureSpace(
        needed, leaving: isUndo ? endReserve : JournalFormat.closingReserve + endReserve)
      return nil
    } catch {
      if case .noSpace = error {} else { journalFailure = error }
      return error.description
    }
  }

  /// Two outputs at their bounds, with every byte escaped.
  private static let actRoom = 1 << 20
  private static let undoRoom = 256 << 10
  private static let usualRoom = 64 << 10
  /// What is owed is named once in a record of its own and once in the summary.
  static func endReserve(of plan: Plan) -> Int {
    64 << 10 + plan.steps.reduce(0) { $0 + $1.tasks.count } * (2 << 10)
  }
}
