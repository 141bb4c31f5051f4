package import Platform

/// The system calls that a journal lives on, few enough to fail each of them in a test.
package protocol JournalStorage: Sendable {
  /// Makes the directory and its parents, mode 0700, unless they exist.
  func makeDirectory(_ path: String) throws(SystemError)
  /// A new file, mode 0600. Something that exists there already, even a dangling link, is an error.
  func create(_ path: String) throws(SystemError) -> any JournalFile
  /// An existing regular file, for reading and appending; never through a symbolic link.
  func open(_ path: String) throws(SystemError) -> any JournalFile
  /// Until the names in the directory are on the disk.
  func syncDirectory(_ path: String) throws(SystemError)
  func freeSpace(at path: String) throws(SystemError) -> Int
}

package protocol JournalSource: Sendable {
  /// At most `limit` bytes; empty at the end.
  func read(at offset: Int, upTo limit: Int) throws(SystemError) -> [UInt8]
}

package protocol JournalFile: JournalSource {
  /// Exclusive among all open files; false when another has it. Ends with this object.
  func tryLock() throws(SystemError) -> Bool
  /// Writes at the end; may take fewer bytes than given.
  func append(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int
  func sync() throws(SystemError)
  func truncate(to size: Int) throws(SystemError)
  /// Room for the bytes that will be appended next, whoever else fills the disk; false where the filesystem cannot.
  func reserve(beyondEnd count: Int) throws(SystemError) -> Bool
  func releaseReserve() throws(SystemError)
}

extension JournalFile {
  /// Goes on after a short write: that is no failure yet, the next call says why it was short.
  func appendAll(_ bytes: [UInt8], path: String) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = try append(rest)
      guard count > 0 else { throw SystemError.refusedBytes(path) }
      rest = rest.dropFirst(count)
    }
  }
}
