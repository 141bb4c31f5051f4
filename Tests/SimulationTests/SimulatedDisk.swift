import Journal
import Platform
import TestSupport

/// The controller's disk: it outlives the controller, and a power loss takes what was never synced.
final class SimulatedDisk: @unchecked Sendable {
  final class File {
    var bytes: [UInt8] = []
    var syncedCount = 0
    var isNameSynced = false
    /// Who has its lock.
    var owner: Controller?
  }

  private(set) var files: [String: File] = [:]
  /// How many intents of each task no power loss can take any more, by what their records say of it.
  private var durableIntents: [String: Int] = [:]
  private var scanned = 0

  func file(_ path: String) -> File? { files[path] }
  func add(_ path: String) -> File {
    let file = File()
    files[path] = file
    return file
  }

  func noteSynced(_ path: String) {
    guard path.hasSuffix(".jsonl"), let file = files[path], file.isNameSynced else { return }
    var start = scanned
    while let end = file.bytes[start..<file.syncedCount].firstIndex(of: 10) {
      let line = String(decoding: file.bytes[start..<end], as: UTF8.self)
      if let intent = Self.intent(in: line) { durableIntents[intent, default: 0] += 1 }
      start = end + 1
    }
    scanned = start
  }

  func intents(of order: ReceiptOrder) -> Int {
    let kind = order.isUndo ? "undo-intended" : "intended"
    return durableIntents[#"\#(kind) {"index":\#(order.index),"step":"\#(order.step)"}"#, default: 0]
  }

  /// The kind and the task of a record of an intent, as they stand in it.
  private static func intent(in line: String) -> String? {
    guard line.prefix(200).contains(#"intended""#),
      let kind = ["intended", "undo-intended"].first(where: { line.contains(#""kind":"\#($0)""#) }),
      let task = line.firstRange(of: #""task":{"#)
    else { return nil }
    return "\(kind) {\(line[task.upperBound...].prefix { $0 != "}" })}"
  }

  func forgetOwners() { for file in files.values { file.owner = nil } }

  /// Of what was not synced, the kernel may have written a beginning of its own accord.
  func losePower(_ random: inout SeededRandom) {
    for (path, file) in files.sorted(by: { $0.key < $1.key }) {
      if !file.isNameSynced {
        files[path] = nil
        continue
      }
      let unsynced = file.bytes.count - file.syncedCount
      if unsynced > 0 { file.bytes.removeLast(Int.random(in: 0...unsynced, using: &random)) }
    }
  }
}

/// The disk as one controller sees it: it ends with that controller, and may fail before.
final class MountedDisk: JournalStorage, @unchecked Sendable {
  struct Fault {
    /// Which operation fails, counted from the controller's beginning.
    var operation: Int
    var bytesWritten: Int
    var isForGood: Bool
  }

  let disk: SimulatedDisk
  fileprivate let controller: Controller
  private let fault: Fault?

  init(_ disk: SimulatedDisk, _ controller: Controller, fault: Fault?) {
    self.disk = disk
    self.controller = controller
    self.fault = fault
  }

  /// How many bytes an append may still write before it fails; nil when all goes well.
  fileprivate func enter(_ operation: String, _ path: String) throws(SystemError) -> Int? {
    let number = controller.useDisk()
    if controller.isDead { throw SystemError(operation, path, code: 5) }
    guard let fault, number == fault.operation || fault.isForGood && number > fault.operation else {
      return nil
    }
    // A short write is no failure yet.
    if operation == "append", fault.bytesWritten > 0, number == fault.operation { return fault.bytesWritten }
    // Who finds no room turns back; nothing that was to be written is missing.
    if operation != "reserve" { controller.hasDiskFailed = true }
    throw SystemError(operation, path, code: 28)
  }

  func makeDirectory(_ path: String) throws(SystemError) { _ = try enter("makeDirectory", path) }

  func create(_ path: String) throws(SystemError) -> any JournalFile {
    _ = try enter("create", path)
    if disk.file(path) != nil { throw SystemError("create", path, code: 17) }
    return MountedFile(disk.add(path), path, self)
  }

  func open(_ path: String) throws(SystemError) -> any JournalFile {
    _ = try enter("open", path)
    guard let file = disk.file(path) else { throw SystemError("open", path, code: 2) }
    return MountedFile(file, path, self)
  }

  func syncDirectory(_ path: String) throws(SystemError) {
    _ = try enter("syncDirectory", path)
    for (path, file) in disk.files {
      file.isNameSynced = true
      disk.noteSynced(path)
    }
  }

  func freeSpace(at path: String) throws(SystemError) -> Int {
    _ = try enter("freeSpace", path)
    return 1 << 30
  }
}

private final class MountedFile: JournalFile, @unchecked Sendable {
  private let file: SimulatedDisk.File
  private let path: String
  private let mount: MountedDisk

  init(_ file: SimulatedDisk.File, _ path: String, _ mount: MountedDisk) {
    self.file = file
    self.path = path
    self.mount = mount
  }

  deinit { if file.owner === mount.controller { file.owner = nil } }

  func tryLock() throws(SystemError) -> Bool {
    _ = try mount.enter("lock", path)
    if let owner = file.owner, owner !== mount.controller, !owner.isDead { return false }
    file.owner = mount.controller
    return true
  }

  func read(at offset: Int, upTo limit: Int) throws(SystemError) -> [UInt8] {
    _ = try mount.enter("read", path)
    return Array(file.bytes.dropFirst(offset).prefix(limit))
  }

  func append(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
    let taken = try mount.enter("append", path).map { bytes.prefix($0) } ?? bytes
    file.bytes += taken
    return taken.count
  }

  func sync() throws(SystemError) {
    _ = try mount.enter("sync", path)
    file.syncedCount = file.bytes.count
    mount.disk.noteSynced(path)
  }

  func truncate(to size: Int) throws(SystemError) {
    _ = try mount.enter("truncate", path)
    file.bytes.removeLast(max(0, file.bytes.count - size))
    file.syncedCount = min(file.syncedCount, size)
  }

  func reserve(beyondEnd count: Int) throws(SystemError) -> Bool {
    _ = try mount.enter("reserve", path)
    return true
  }

  func releaseReserve() throws(SystemError) { _ = try mount.enter("releaseReserve", path) }
}
