internal import Glibc

/// Who holds a lock, as written into the lock's file for people and messages.
package struct LockHolder: Hashable, Sendable {
  package var processID: Int32
  package var host: String
  package var run: String
  package var since: String

  package init(
    run: String, processID: Int32 = Host.processID, host: String = Host.name, since: Timestamp = .now
  ) {
    self.processID = processID
    self.host = host
    self.run = run
    self.since = since.description
  }

  /// `key=value` lines; line breaks inside a value would forge another key.
  var text: String {
    [("pid", "\(processID)"), ("host", host), ("run", run), ("since", since)]
      .map { key, value in "\(key)=\(value.filter { !$0.isNewline })\n" }.joined()
  }

  init?(text: String) {
    var fields: [Substring: String] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { fields[parts[0]] = String(parts[1]) }
    }
    guard let pid = fields["pid"].flatMap({ Int32($0) }), let host = fields["host"], let run = fields["run"],
      let since = fields["since"]
    else { return nil }
    processID = pid
    self.host = host
    self.run = run
    self.since = since
  }
}

package enum FileLockError: Error, Sendable, CustomStringConvertible {
  /// The holder is nil when it has not written its name yet.
  case held(path: String, by: LockHolder?)
  case system(SystemError)

  package var description: String {
    switch self {
    case .held(let path, let holder?):
      "\(path) is locked by run \(holder.run) (process \(holder.processID) on \(holder.host), since \(holder.since))"
    case .held(let path, nil): "\(path) is locked by another process"
    case .system(let error): error.description
    }
  }
}

/// An exclusive lock that the kernel lets go of when its holder dies, however it dies.
///
/// The file stays: removing it would let two processes hold "the" lock through two different files. A holder that ends well
/// empties it, so a name left inside tells that the last holder died.
package final class FileLock: Sendable {
  private let file: FileDescriptor
  /// The holder that died with the lock in its hands, if one did.
  package let abandonedBy: LockHolder?

  /// Never waits: a lock that another holds is an error that names the holder.
  package init(_ path: String, holder: LockHolder) throws(FileLockError) {
    let isOurs: Bool
    do throws(SystemError) {
      file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: 0o600)
      isOurs = try file.tryLock()
    } catch {
      throw .system(error)
    }
    guard isOurs else { throw .held(path: path, by: Self.holder(of: path)) }
    abandonedBy = Self.holder(of: path)
    do throws(SystemError) {
      try file.truncate(to: 0)
      try file.writeAll(Array(holder.text.utf8))
      try file.sync()
    } catch {
      throw .system(error)
    }
  }

  deinit {
    ftruncate(file.rawValue, 0)
    file.unlock()
  }

  /// Whose name is in the lock's file now; that holder may be dead.
  package static func holder(of path: String) -> LockHolder? {
    guard let bytes = try? readFile(path, limit: 4096) else { return nil }
    return LockHolder(text: String(decoding: bytes, as: UTF8.self))
  }
}
