package import Glibc

/// An open file that closes itself. Always close-on-exec: no child inherits a journal or a lock by accident.
package struct FileDescriptor: ~Copyable, Sendable {
  package let rawValue: Int32
  /// For messages only.
  package let path: String

  /// Takes over an open descriptor.
  package init(owning rawValue: Int32, path: String) {
    self.rawValue = rawValue
    self.path = path
  }

  deinit { close(rawValue) }

  package static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(SystemError)
    -> FileDescriptor
  {
    try open(path, in: AT_FDCWD, flags, mode: mode, shownAs: path)
  }

  /// Opens `name` inside this directory, wherever the directory may have been moved meanwhile.
  package func open(child name: String, _ flags: Int32, mode: mode_t = 0o600) throws(SystemError)
    -> FileDescriptor
  {
    try Self.open(name, in: rawValue, flags, mode: mode, shownAs: Path.join(path, name))
  }

  private static func open(
    _ path: String, in directory: Int32, _ flags: Int32, mode: mode_t, shownAs shown: String
  ) throws(SystemError) -> FileDescriptor {
    try refuseNull(in: path)
    let descriptor = retryingInterrupts { unsafe Glibc.openat(directory, path, flags | O_CLOEXEC, mode) }
    guard descriptor >= 0 else { throw SystemError.last("open", shown) }
    return FileDescriptor(owning: descriptor, path: shown)
  }

  package func status() throws(SystemError) -> stat {
    var status = stat()
    guard unsafe fstat(rawValue, &status) == 0 else { throw SystemError.last("examine", path) }
    return status
  }

  package func isRegular() throws(SystemError) -> Bool {
    try status().st_mode & S_IFMT == S_IFREG
  }

  /// At most `limit` bytes from where the last read ended; empty at the end of the file.
  package func read(upTo limit: Int) throws(SystemError) -> [UInt8] {
    try unsafe bytes(upTo: limit) { unsafe Glibc.read(rawValue, $0.baseAddress, $0.count) }
  }

  /// At most `limit` bytes from `offset`, wherever other reads and writes go on.
  package func read(at offset: Int, upTo limit: Int) throws(SystemError) -> [UInt8] {
    try unsafe bytes(upTo: limit) { unsafe pread(rawValue, $0.baseAddress, $0.count, offset) }
  }

  private func bytes(
    upTo limit: Int, _ read: (UnsafeMutableBufferPointer<UInt8>) -> Int
  ) throws(SystemError) -> [UInt8] {
    var count = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: max(0, limit)) { buffer, initialized in
      count = retryingInterrupts { unsafe read(buffer) }
      initialized = max(0, count)
    }
    guard count >= 0 else { throw SystemError.last("read", path) }
    return bytes
  }

  /// Writes once and says how many bytes went; fewer than given is not an error of this call.
  package func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
    let count = retryingInterrupts {
      unsafe bytes.withUnsafeBytes { unsafe Glibc.write(rawValue, $0.baseAddress, $0.count) }
    }
    guard count >= 0 else { throw SystemError.last("write", path) }
    return count
  }

  package func writeAll(_ bytes: [UInt8]) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = try write(rest)
      guard count > 0 else { throw SystemError.refusedBytes(path) }
      rest = rest.dropFirst(count)
    }
  }

  /// Until the bytes and their length are on the disk. After a failure the kernel may have dropped the very pages that
  /// were not written, so a second try can succeed falsely: never retry.
  package func sync() throws(SystemError) {
    guard fsync(rawValue) == 0 else { throw SystemError.last("sync", path) }
  }

  /// Before closing: a child that was forked a moment ago, and has yet to execute its program, would hold the lock on.
  package func unlock() { flock(rawValue, LOCK_UN) }

  /// False when another open file holds the lock. The kernel lets go of it when its holder dies.
  package func tryLock() throws(SystemError) -> Bool {
    if retryingInterrupts({ flock(rawValue, LOCK_EX | LOCK_NB) }) == 0 { return true }
    guard errno == EWOULDBLOCK else { throw SystemError.last("lock", path) }
    return false
  }

  package func truncate(to size: Int) throws(SystemError) {
    guard retryingInterrupts({ ftruncate(rawValue, size) }) == 0 else {
      throw SystemError.last("truncate", path)
    }
  }
}

/// A NUL would silently end the path for the kernel, and another file would be opened than the one that was named.
func refuseNull(in path: String) throws(SystemError) {
  guard !path.utf8.contains(0) else {
    throw SystemError("open", "a path", code: EINVAL, reason: "it contains a NUL byte")
  }
}
