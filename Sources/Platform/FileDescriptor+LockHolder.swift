internal import Glibc

/// Whether somebody has a file locked, as far as this machine's kernel can tell.
package enum LockPresence: Hashable, Sendable {
  case held(by: Int32)
  case free
  case unknown
}

extension FileDescriptor {
  /// Found out without touching the lock: who tried to take it, be it for a moment, could be in the way of one who
  /// needs it. The kernel lists no holders on other machines, nor in other process namespaces.
  package func lockPresence() throws(SystemError) -> LockPresence {
    let status = try status()
    guard let table = try? readFile("/proc/locks", limit: 16 << 20) else { return .unknown }
    let holder = LockTable.writer(ofInode: UInt64(status.st_ino), in: String(decoding: table, as: UTF8.self))
    return holder.map { .held(by: $0) } ?? .free
  }
}

/// The kernel's list of file locks: `1: FLOCK  ADVISORY  WRITE 20049 fe:00:647178 0 EOF`.
enum LockTable {
  /// By the inode alone: some filesystems show another device here than to who examines the file. To take a stranger's
  /// lock for the file's own is the lesser mistake.
  static func writer(ofInode inode: UInt64, in table: String) -> Int32? {
    for line in table.split(separator: "\n") {
      let fields = line.split(separator: " ")
      // Those that only wait for a lock have an arrow after their number.
      if fields.count > 5, fields[1] == "FLOCK", fields[3] == "WRITE", fields[5].hasSuffix(":\(inode)") {
        return Int32(fields[4])
      }
    }
    return nil
  }
}
