package import Journal
package import Platform
private import Glibc
private import Synchronization

/// Real files behind a storage that fails where a test says so, counts what was asked of it, and can lose what was never
/// synced, as a power loss does.
package final class FaultyStorage: JournalStorage {
  package struct Fault: Sendable {
    /// Which operation fails, counted from 0 over all operations of this storage.
    package var operation: Int
    package var code: Int32
    /// An append that takes so many bytes and says so, instead of failing: a disk that is nearly full.
    package var bytesWritten: Int
    /// A disk that stays full, rather than one that had a bad moment.
    package var isForGood: Bool

    package init(at operation: Int, code: Int32, bytesWritten: Int = 0, isForGood: Bool = false) {
      self.operation = operation
      self.code = code
      self.bytesWritten = bytesWritten
      self.isForGood = isForGood
    }
  }

  fileprivate struct State {
    var operations: [String] = []
    /// What a power loss leaves of each file.
    var syncedSizes: [String: Int] = [:]
    var createdButNotInDirectory: Set<String> = []
    var free: Int?
    var canReserve = true
  }

  private let disk = DiskStorage()
  private let fault: Fault?
  fileprivate let state = Mutex(State())

  package init(_ fault: Fault? = nil) { self.fault = fault }

  /// Every operation so far, such as `append`, `sync`, `create`.
  package var operations: [String] { state.withLock { $0.operations } }

  /// Answers for the disk from now on. Some filesystems cannot keep room for one file.
  package func pretendFreeSpace(_ bytes: Int, canReserve: Bool = true) {
    state.withLock { ($0.free, $0.canReserve) = (bytes, canReserve) }
  }

  /// Takes away what no sync had made safe, but for the first `kept` bytes of it in each file, which the kernel may have
  /// written of its own accord.
  package func losePower(keeping kept: Int = 0) throws {
    let (sizes, unnamed) = state.withLock { ($0.syncedSizes, $0.createdButNotInDirectory) }
    for path in unnamed { try removeFile(path) }
    for (path, size) in sizes where !unnamed.contains(path) {
      try disk.open(path).truncate(to: min(try fileSize(path), size + kept))
    }
  }

  package func makeDirectory(_ path: String) throws(SystemError) {
    try enter("makeDirectory", path)
    try disk.makeDirectory(path)
  }

  package func create(_ path: String) throws(SystemError) -> any JournalFile {
    try enter("create", path)
    let file = try disk.create(path)
    state.withLock { state in
      state.syncedSizes[path] = 0
      _ = state.createdButNotInDirectory.insert(path)
    }
    return FaultyFile(file, path, self)
  }

  package func open(_ path: String) throws(SystemError) -> any JournalFile {
    try enter("open", path)
    return FaultyFile(try disk.open(path), path, self)
  }

  package func syncDirectory(_ path: String) throws(SystemError) {
    try enter("syncDirectory", path)
    try disk.syncDirectory(path)
    state.withLock { state in
      state.createdButNotInDirectory = state.createdButNotInDirectory.filter { Path.parent(of: $0) != path }
    }
  }

  package func freeSpace(at path: String) throws(SystemError) -> Int {
    try enter("freeSpace", path)
    if let pretended = state.withLock({ $0.free }) { return pretended }
    return try disk.freeSpace(at: path)
  }

  fileprivate func enter(_ operation: String, _ path: String) throws(SystemError) {
    if case .fail(let code) = next(operation) { throw SystemError(operation, path, code: code) }
  }

  fileprivate enum Verdict { case succeed, fail(Int32), cutShort(Int) }

  /// Counts the operation and says how it is to end.
  fileprivate func next(_ operation: String) -> Verdict {
    let number = state.withLock { state in
      state.operations.append(operation)
      return state.operations.count - 1
    }
    guard let fault else { return .succeed }
    if number == fault.operation {
      return operation == "append" && fault.bytesWritten > 0
        ? .cutShort(fault.bytesWritten) : .fail(fault.code)
    }
    return fault.isForGood && number > fault.operation ? .fail(fault.code) : .succeed
  }

  /// The disk may forget a cut that was not synced, but it never brings back more than had been safe.
  fileprivate func didTruncate(_ path: String, to size: Int) {
    state.withLock { $0.syncedSizes[path] = min($0.syncedSizes[path] ?? size, size) }
  }

  fileprivate func didSync(_ path: String) throws(SystemError) {
    let size = try fileSize(path)
    state.withLock { $0.syncedSizes[path] = size }
  }
}

private final class FaultyFile: JournalFile {
  private let file: any JournalFile
  private let path: String
  private let storage: FaultyStorage

  init(_ file: any JournalFile, _ path: String, _ storage: FaultyStorage) {
    self.file = file
    self.path = path
    self.storage = storage
  }

  func tryLock() throws(SystemError) -> Bool {
    try storage.enter("lock", path)
    return try file.tryLock()
  }

  func read(at offset: Int, upTo limit: Int) throws(SystemError) -> [UInt8] {
    try storage.enter("read", path)
    return try file.read(at: offset, upTo: limit)
  }

  func append(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
    switch storage.next("append") {
    case .succeed: return try file.append(bytes)
    case .cutShort(let count): return try file.append(bytes.prefix(count))
    case .fail(let code): throw SystemError("append", path, code: code)
    }
  }

  func sync() throws(SystemError) {
    try storage.enter("sync", path)
    try file.sync()
    try storage.didSync(path)
  }

  func truncate(to size: Int) throws(SystemError) {
    try storage.enter("truncate", path)
    try file.truncate(to: size)
    storage.didTruncate(path, to: size)
  }

  func reserve(beyondEnd count: Int) throws(SystemError) -> Bool {
    try storage.enter("reserve", path)
    let (free, canReserve) = storage.state.withLock { ($0.free, $0.canReserve) }
    guard canReserve else { return false }
    if let free, free < count { throw SystemError("reserve", path, code: ENOSPC) }
    return try file.reserve(beyondEnd: count)
  }

  func releaseReserve() throws(SystemError) {
    try storage.enter("releaseReserve", path)
    try file.releaseReserve()
  }
}
