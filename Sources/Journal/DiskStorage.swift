internal import Glibc
package import Platform

/// Real files.
package struct DiskStorage: JournalStorage {
  package init() {}

  package func makeDirectory(_ path: String) throws(SystemError) {
    try Platform.makeDirectory(path, mode: 0o700)
  }

  package func create(_ path: String) throws(SystemError) -> any JournalFile {
    DiskFile(try FileDescriptor.open(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600))
  }

  package func open(_ path: String) throws(SystemError) -> any JournalFile {
    try Self.openRegular(path, O_RDWR | O_APPEND | O_NOFOLLOW)
  }

  /// For reading only, where a symbolic link does no harm.
  static func source(_ path: String) throws(SystemError) -> any JournalSource {
    try openRegular(path, O_RDONLY)
  }

  private static func openRegular(_ path: String, _ flags: Int32) throws(SystemError) -> DiskFile {
    let file = try FileDescriptor.open(path, flags | O_NONBLOCK | O_NOCTTY)
    guard try file.isRegular() else {
      throw SystemError("open", path, code: EINVAL, reason: "it is not a regular file")
    }
    return DiskFile(file)
  }

  package func syncDirectory(_ path: String) throws(SystemError) {
    try Platform.syncDirectory(path)
  }

  package func freeSpace(at path: String) throws(SystemError) -> Int {
    try Platform.freeSpace(at: path)
  }
}

private final class DiskFile: JournalFile {
  private let descriptor: FileDescriptor

  init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
  deinit { descriptor.unlock() }

  func tryLock() throws(SystemError) -> Bool { try descriptor.tryLock() }
  func read(at offset: Int, upTo limit: Int) throws(SystemError) -> [UInt8] {
    try descriptor.read(at: offset, upTo: limit)
  }
  func append(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int { try descriptor.write(bytes) }
  func sync() throws(SystemError) { try descriptor.sync() }
  func truncate(to size: Int) throws(SystemError) { try descriptor.truncate(to: size) }
  func reserve(beyondEnd count: Int) throws(SystemError) -> Bool {
    try descriptor.reserve(beyondEnd: count)
  }
  func releaseReserve() throws(SystemError) { try descriptor.releaseReserve() }
}
