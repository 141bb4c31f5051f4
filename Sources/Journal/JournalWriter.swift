internal import Glibc
internal import Hashing
package import Model
internal import Platform
internal import Synchronization

/// The one writer of a journal. After one failed write or sync it writes nothing more: what is on the disk is then unknown,
/// and a second try could seem to succeed although the first one's bytes are gone.
package final class JournalWriter: Sendable {
  package let path: String
  private let storage: any JournalStorage
  private let file: any JournalFile
  private let state: Mutex<State>

  private struct State: ~Copyable {
    var encoder: RecordEncoder
    var head: JournalHead?
    var buffer: [UInt8] = []
    var failure: String?
    /// Whether records wait for a sync that others share.
    var isSyncDue = false
    /// What is left of the reserve behind the last record.
    var room = 0
  }

  private init(
    path: String, storage: any JournalStorage, file: any JournalFile, head: JournalHead?, mask: SecretMask
  ) {
    self.path = path
    self.storage = storage
    self.file = file
    state = Mutex(State(encoder: RecordEncoder(mask: mask), head: head))
  }

  /// A new journal whose first record binds the format and whatever the caller adds, such as the plan's digest. When this
  /// returns, the record and the file's name are on the disk.
  package static func create(
    _ path: String, kind: String = "run-started", binding data: Value.Object, mask: SecretMask = .none,
    storage: any JournalStorage = DiskStorage()
  ) throws(JournalError) -> JournalWriter {
    let directory = Path.parent(of: path)
    let file: any JournalFile
    do throws(SystemError) {
      try storage.makeDirectory(directory)
      file = try storage.create(path)
    } catch {
      throw .system(error)
    }
    try lock(file, path)
    let writer = JournalWriter(path: path, storage: storage, file: file, head: nil, mask: mask)
    var bound: Value.Object = ["format": .number(Double(JournalFormat.version))]
    for (key, value) in data.entries where key != "format" { bound[key] = value }
    try writer.append(JournalEntry(kind: kind, data: .object(bound)))
    do throws(SystemError) { try storage.syncDirectory(directory) } catch { throw .system(error) }
    return writer
  }

  /// An existing journal, read and checked under the lock, to go on with. Damage is refused; so is an incomplete last
  /// record, which `JournalRepair` sets aside.
  package static func open(
    _ path: String, mask: SecretMask = .none, storage: any JournalStorage = DiskStorage()
  ) throws(JournalError) -> (writer: JournalWriter, contents: JournalContents) {
    let file = try openLocked(path, storage)
    let contents = try JournalReader.reliable(try JournalReader.contents(of: file, path), path)
    if let tail = contents.tornTail { throw .torn(path: path, byteCount: tail.byteCount) }
    guard let head = contents.head else { throw .empty(path: path) }
    // Whoever created it may have died before its name was on the disk, and an act must not outlive its intent.
    do throws(SystemError) {
      try storage.syncDirectory(Path.parent(of: path))
    } catch {
      throw .system(error)
    }
    let writer = JournalWriter(path: path, storage: storage, file: file, head: head, mask: mask)
    return (writer, contents)
  }

  static func openLocked(_ path: String, _ storage: any JournalStorage) throws(JournalError)
    -> any JournalFile
  {
    let file: any JournalFile
    do throws(SystemError) { file = try storage.open(path) } catch { throw .system(error) }
    try lock(file, path)
    return file
  }

  private static func lock(_ file: any JournalFile, _ path: String) throws(JournalError) {
    let isOurs: Bool
    do throws(SystemError) { isOurs = try file.tryLock() } catch { throw .system(error) }
    guard isOurs else { throw .busy(path: path) }
  }

  /// The last record that was written, and through the chain the whole journal.
  package var head: JournalHead? { state.withLock { $0.head } }

  /// Why nothing more is written, once something failed.
  package var failure: String? { state.withLock { $0.failure } }

  /// When this returns from a durable append, the record is on the disk, and everything that was appended before it. One
  /// that is not durable is of a kind that may share a sync, and waits for `sync()`.
  @discardableResult
  package func append(_ entry: JournalEntry, durable: Bool = true) throws(JournalError) -> JournalHead? {
    try append([entry], durable: durable)
  }

  /// Several records with one write and one sync, in their order: after a crash some of the first may be there and the
  /// others not.
  @discardableResult
  package func append(_ entries: [JournalEntry], durable: Bool = true) throws(JournalError) -> JournalHead? {
    try state.withLock { state throws(JournalError) in
      if let cause = state.failure { throw .poisoned(path: path, cause: cause) }
      state.buffer.removeAll(keepingCapacity: true)
      var head = state.head
      for entry in entries { head = try state.encoder.encode(entry, after: head, into: &state.buffer) }
      state.room = max(0, state.room - state.buffer.count)
      do throws(SystemError) {
        // What waits for its sync is not mixed with what does not: a reader could not tell lost blocks from damage.
        if durable, state.isSyncDue { try file.sync() }
        try file.appendAll(state.buffer, path: path)
        if durable { try file.sync() }
      } catch {
        state.failure = error.description
        throw .system(error)
      }
      state.isSyncDue = !durable
      state.head = head
      return head
    }
  }

  /// When this returns, everything that was appended before is on the disk: one wait for many records.
  package func sync() throws(JournalError) {
    try state.withLock { state throws(JournalError) in
      if let cause = state.failure { throw .poisoned(path: path, cause: cause) }
      do throws(SystemError) {
        try file.sync()
      } catch {
        state.failure = error.description
        throw .system(error)
      }
      state.isSyncDue = false
    }
  }

  /// To call before something is begun: room for what it will have to record, and `reserve` beyond that. The room is taken
  /// from the disk now, so that nobody else can fill it; where the filesystem cannot do so, it is only looked for.
  package func ensureSpace(_ byteCount: Int, leaving reserve: Int = JournalFormat.closingReserve)
    throws(JournalError)
  {
    let (needed, overflow) = byteCount.addingReportingOverflow(reserve)
    try state.withLock { state throws(JournalError) in
      if let cause = state.failure { throw .poisoned(path: path, cause: cause) }
      if !overflow, state.room >= needed { return }
      do throws(SystemError) {
        guard !overflow, try file.reserve(beyondEnd: needed) else {
          let free = try storage.freeSpace(at: path)
          if overflow || free < needed { throw Self.diskFull }
          return
        }
        state.room = needed
      } catch {
        guard error.isOutOfSpace else { throw .system(error) }
        throw .noSpace(
          path: path, free: (try? storage.freeSpace(at: path)) ?? 0, needed: overflow ? .max : needed)
      }
    }
  }

  private static let diskFull = SystemError("reserve room", nil, code: ENOSPC)

  /// To call when nothing will follow. That it failed would harm nobody: the file only takes more of the disk than it needs.
  package func releaseReserve() {
    state.withLock { state in
      guard state.failure == nil else { return }
      state.room = 0
      try? file.releaseReserve()
    }
  }
}
