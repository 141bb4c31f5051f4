package import Platform

/// Why a journal cannot be written or relied on.
package enum JournalError: Error, Sendable, CustomStringConvertible {
  case system(SystemError)
  /// Another writer has the journal open.
  case busy(path: String)
  /// An earlier write or sync failed, so what is on the disk is no longer known.
  case poisoned(path: String, cause: String)
  case damaged(path: String, findings: [JournalFinding])
  /// The last record is incomplete: nothing may follow it until it is set aside.
  case torn(path: String, byteCount: Int)
  case empty(path: String)
  case tooLargeToLoad(path: String, limit: Int)
  case noSpace(path: String, free: Int, needed: Int)
  /// The caller's record cannot be expressed; nothing was written.
  case unfit(kind: String, reason: String)
  case hashingFailed

  package var description: String {
    switch self {
    case .system(let error): error.description
    case .busy(let path):
      "\(path) is being written by another belay process; wait for it to end, or read with `belay show`"
    case .poisoned(let path, let cause):
      "nothing more is written to \(path) because an earlier write failed (\(cause)); "
        + "mend the cause, then `belay resume` this run"
    case .damaged(let path, let findings):
      "\(path) is damaged and cannot be relied on: \(findings.first?.description ?? "unknown damage"); "
        + "`belay journal verify \(path)` lists everything that was found"
    case .torn(let path, let byteCount):
      "\(path) ends in \(byteCount) bytes of an incomplete record, as a crash leaves it; "
        + "they have to be set aside before anything is appended"
    case .empty(let path): "\(path) holds no complete record: the run never started"
    case .tooLargeToLoad(let path, let limit): "\(path) is larger than the limit of \(byteSize(limit))"
    case .noSpace(let path, let free, let needed):
      "only \(byteSize(free)) are free under \(path) and \(byteSize(needed)) are needed to record what happens next; "
        + "free some space, then run again"
    case .unfit(let kind, let reason): "a record of kind \"\(kind)\" cannot be written: \(reason)"
    case .hashingFailed: "SHA-256 is not available: libcrypto could not compute it"
    }
  }
}

/// One thing wrong with a journal, and where.
package struct JournalFinding: Hashable, Sendable, CustomStringConvertible {
  package enum Check: String, Hashable, Sendable {
    case form, hash, sequence, chain, format, tornTail = "torn-tail", head
  }

  package let check: Check
  /// Counts from 1; nil when it is about the journal as a whole.
  package let line: Int?
  package let message: String

  package var description: String { line.map { "line \($0): \(message)" } ?? message }
}
