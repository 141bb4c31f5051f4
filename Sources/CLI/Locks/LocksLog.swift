import Execution
import Journal
import Model
import Planning
import Platform

/// Every unlocking of a cluster from this machine: a journal like a run's, with a chain of hashes, beside the runs'.
struct LocksLog {
  static let startKind = "locks-started"
  private let journal: JournalWriter

  static func open(_ cluster: ClusterName) throws -> LocksLog {
    let path = Path.join(Path.join(RunStore().directory, "locks"), "\(cluster).jsonl")
    guard fileKind(path) != nil else {
      return LocksLog(
        journal: try JournalWriter.create(
          path, kind: startKind,
          binding: ["cluster": .string(cluster.rawValue), "belay": .string(Version.text)]))
    }
    _ = try JournalRepair.repair(path)
    return LocksLog(journal: try JournalWriter.open(path).writer)
  }

  enum Event {
    /// On disk before anything is written on a node.
    case unlocking(LockView, LockNote)
    case unlocked(Fence)
    case notUnlocked
  }

  func append(_ event: Event) throws {
    try journal.append(event.entry)
  }
}

extension LocksLog.Event {
  fileprivate var entry: JournalEntry {
    switch self {
    case .unlocking(let view, let note):
      JournalEntry(
        kind: "unlocking",
        data: [
          "by": .string(note.by), "host": .string(note.host), "because": .string(note.because ?? ""),
          "run": .string(note.run), "token": .number(Double(view.token)),
          "holder": .string(view.holding.map { "\($0.who); \($0.life)" } ?? "nobody"),
        ])
    case .unlocked(let fence):
      JournalEntry(kind: "unlocked", data: ["token": .number(Double(fence.token))])
    case .notUnlocked: JournalEntry(kind: "not-unlocked", data: [:])
    }
  }
}
