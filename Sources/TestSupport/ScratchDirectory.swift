internal import Platform

/// A directory of its own for each test, removed with everything in it. Should it not come about, every use of it fails
/// with the path in the message.
package final class ScratchDirectory: Sendable {
  package let path: String

  /// `inMemory` is for campaigns of thousands of syncs, which have nothing to prove about a disk.
  package init(inMemory: Bool = false) {
    let base =
      inMemory && fileKind("/dev/shm") == .directory ? "/dev/shm" : Host.environment("TMPDIR") ?? "/tmp"
    let name = randomBytes(8).map { String($0, radix: 16) }.joined(separator: "-")
    path = Path.join(base, "belay-test-\(name)")
    try? makeDirectory(path)
  }

  deinit { Self.remove(path) }

  package func path(of name: String) -> String { Path.join(path, name) }

  /// Writes a file, in folders that are made for it, and gives its path.
  package func write(_ text: String, to name: String) throws -> String {
    try write(Array(text.utf8), to: name)
  }

  package func write(_ bytes: [UInt8], to name: String) throws -> String {
    try makeDirectory(Path.parent(of: path(of: name)))
    try replaceFile(path(of: name), with: bytes)
    return path(of: name)
  }

  private static func remove(_ path: String) {
    for name in (try? listDirectory(path)) ?? [] {
      let child = Path.join(path, name)
      if fileKind(child, followingLinks: false) == .directory {
        remove(child)
      } else {
        try? removeFile(child)
      }
    }
    try? removeEmptyDirectory(path)
  }
}
