internal import Platform

/// Sets an incomplete last record aside, so that the journal can go on.
package enum JournalRepair {
  package struct Outcome: Hashable, Sendable {
    /// Where the tail was saved.
    package let savedTo: String
    package let byteCount: Int
  }

  private static let savedTailLimit = 1000

  /// Nil when there was nothing to set aside. Damage before the tail is an error: cutting there would destroy evidence.
  @discardableResult
  package static func repair(
    _ path: String, storage: any JournalStorage = DiskStorage()
  ) throws(JournalError) -> Outcome? {
    let file = try JournalWriter.openLocked(path, storage)
    let contents = try JournalReader.reliable(try JournalReader.contents(of: file, path), path)
    guard let tail = contents.tornTail else { return nil }
    do throws(SystemError) {
      let savedTo = try save(try bytes(of: tail, in: file), beside: path, storage)
      // Only now that the copy is safe, name and all.
      try file.truncate(to: tail.offset)
      try file.sync()
      return Outcome(savedTo: savedTo, byteCount: tail.byteCount)
    } catch {
      throw .system(error)
    }
  }

  private static func bytes(of tail: TornTail, in file: any JournalFile) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < tail.byteCount {
      let chunk = try file.read(at: tail.offset + bytes.count, upTo: tail.byteCount - bytes.count)
      if chunk.isEmpty { return bytes }
      bytes += chunk
    }
    return bytes
  }

  private static func save(
    _ bytes: [UInt8], beside path: String, _ storage: any JournalStorage
  ) throws(SystemError) -> String {
    var number = 1
    while true {
      let copy = "\(path).torn-\(number)"
      do throws(SystemError) {
        try write(bytes, to: try storage.create(copy), copy)
        try storage.syncDirectory(Path.parent(of: path))
        return copy
      } catch {
        // A copy that is there already belongs to an earlier crash, perhaps in the middle of this very repair.
        guard error.alreadyExists, number < savedTailLimit else { throw error }
        number += 1
      }
    }
  }

  private static func write(
    _ bytes: [UInt8], to file: any JournalFile, _ path: String
  ) throws(SystemError) {
    try file.appendAll(bytes, path: path)
    try file.sync()
  }
}
