package import Journal
package import Platform
private import Glibc
private import Synchronization

/// A disk in memory that remembers, in order, all that was asked of it, and what happened elsewhere that relied on it. Power
/// losses are played out afterwards, as many as one likes of one run.
package final class VolatileDisk: JournalStorage {
  fileprivate enum Operation {
    case create(String), append(String, [UInt8]), sync(String), syncDirectory(String)
    case outside(String)
  }

  /// What a power loss may leave.
  package struct Remains: Sendable {
    /// Nil when not even its name was on the disk.
    package let file: [UInt8]?
    /// What had happened elsewhere before.
    package let outside: [String]
  }

  private struct State {
    var operations: [Operation] = []
    var files: [String: [UInt8]] = [:]
  }

  private static let sector = 512
  private let state = Mutex(State())

  package init() {}

  package var count: Int { state.withLock { $0.operations.count } }
  package var syncCount: Int {
    state.withLock { $0.operations.count { if case .sync = $0 { true } else { false } } }
  }

  /// Something outside happened that the disk must be able to account for.
  package func note(_ what: String) { state.withLock { $0.operations.append(.outside(what)) } }

  /// The power goes after the first `count` operations. What was not synced may be there or not, sector by sector and in
  /// any order; what is not there reads as zeros, if the file has grown at all.
  package func losePower(after count: Int, _ path: String, _ random: inout SeededRandom) -> Remains {
    let operations = state.withLock { Array($0.operations.prefix(count)) }
    var outside: [String] = []
    var written: [UInt8] = []
    var synced = 0
    var ends: [Int] = []
    var isNamed = false
    for operation in operations {
      switch operation {
      case .outside(let what): outside.append(what)
      case .append(path, let bytes):
        written += bytes
        ends.append(written.count)
      case .sync(path):
        synced = written.count
        ends = []
      case .syncDirectory(Path.parent(of: path)): isNamed = true
      default: break
      }
    }
    guard isNamed || Bool.random(using: &random) else { return Remains(file: nil, outside: outside) }
    let size =
      switch Int.random(in: 0..<4, using: &random) {
      case 0: synced
      case 1: Int.random(in: synced...written.count, using: &random)
      case 2: ends.randomElement(using: &random) ?? synced
      default: written.count
      }
    var file = Array(written[..<synced])
    let oddsOfLoss = Int.random(in: 0...3, using: &random)
    while file.count < size {
      let end = min(size, (file.count / Self.sector + 1) * Self.sector)
      let isLost = Int.random(in: 0..<4, using: &random) < oddsOfLoss
      file += isLost ? [UInt8](repeating: 0, count: end - file.count) : Array(written[file.count..<end])
    }
    return Remains(file: file, outside: outside)
  }

  package func makeDirectory(_ path: String) throws(SystemError) {}

  package func create(_ path: String) throws(SystemError) -> any JournalFile {
    state.withLock { state in
      state.operations.append(.create(path))
      state.files[path] = []
    }
    return VolatileFile(path, self)
  }

  package func open(_ path: String) throws(SystemError) -> any JournalFile { VolatileFile(path, self) }
  package func syncDirectory(_ path: String) throws(SystemError) { log(.syncDirectory(path)) }
  package func freeSpace(at path: String) throws(SystemError) -> Int { 1 << 40 }

  fileprivate func log(_ operation: Operation) { state.withLock { $0.operations.append(operation) } }

  fileprivate func append(_ bytes: ArraySlice<UInt8>, to path: String) {
    state.withLock { state in
      state.operations.append(.append(path, Array(bytes)))
      state.files[path, default: []] += bytes
    }
  }

  fileprivate func read(_ path: String, at offset: Int, upTo limit: Int) -> [UInt8] {
    state.withLock { Array(($0.files[path] ?? []).dropFirst(offset).prefix(limit)) }
  }
}

private final class VolatileFile: JournalFile {
  private let path: String
  private let disk: VolatileDisk

  init(_ path: String, _ disk: VolatileDisk) { (self.path, self.disk) = (path, disk) }

  func tryLock() throws(SystemError) -> Bool { true }
  func read(at offset: Int, upTo limit: Int) throws(SystemError) -> [UInt8] {
    disk.read(path, at: offset, upTo: limit)
  }
  func append(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
    disk.append(bytes, to: path)
    return bytes.count
  }
  func sync() throws(SystemError) { disk.log(.sync(path)) }
  func truncate(to size: Int) throws(SystemError) {
    throw SystemError("truncate", path, code: ENOTSUP)
  }
  func reserve(beyondEnd count: Int) throws(SystemError) -> Bool { true }
  func releaseReserve() throws(SystemError) {}
}
