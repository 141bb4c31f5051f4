import Execution
import Model

/// What a node does with a lock, as the script on it is meant to: `LockScriptTests` hold the two against each other.
struct LockNode {
  var record = LockRecord()
  private var before: LockRecord?

  mutating func take(_ token: Int, run: RunID?, over: Int, note: LockNote) {
    // Whoever heard of the run from one of its acts only has no note of it yet.
    if isOf(token, run, record.note), record.note == note || record.note == LockNote(), token > 0 {
      record.note = note
      return
    }
    guard record.token < token, record.run == nil || record.token <= over else { return }
    before = record
    record = LockRecord(token: token, run: run, note: note)
  }

  private func isOf(_ token: Int, _ run: RunID?, _ note: LockNote) -> Bool {
    record.token == token && record.run == run && record.note == note
  }

  mutating func giveBack(_ token: Int, run: RunID?, note: LockNote) {
    guard isOf(token, run, note), let earlier = before else { return }
    record = earlier
    before = nil
  }

  mutating func letGo(_ token: Int, run: RunID) {
    if isOf(token, run, record.note) { record.run = nil }
  }

  /// Whether an act of this run is claimed.
  mutating func admits(_ token: Int, run: RunID) -> Bool {
    if record.token > token { return false }
    if record.token < token {
      record = LockRecord(token: token, run: run)
      before = nil
    }
    return true
  }
}
