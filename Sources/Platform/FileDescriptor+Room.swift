internal import CLinux
internal import Glibc

extension FileDescriptor {
  /// Keeps blocks of the disk for the `count` bytes that will be appended next; the file's size stays what it is. False
  /// where the filesystem knows no such thing.
  package func reserve(beyondEnd count: Int) throws(SystemError) -> Bool {
    let end = try status().st_size
    if retryingInterrupts({ fallocate(rawValue, FALLOC_FL_KEEP_SIZE, end, count) }) == 0 { return true }
    guard errno == EOPNOTSUPP || errno == ENOSYS else { throw SystemError.last("reserve room for", path) }
    return false
  }

  /// Gives back what was reserved and not used.
  package func releaseReserve() throws(SystemError) { try truncate(to: try status().st_size) }
}
