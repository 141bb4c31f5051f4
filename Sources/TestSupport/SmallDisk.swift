internal import Glibc
internal import Platform

/// A filesystem of a few pages, unmounted when the test is over.
package final class SmallDisk: Sendable {
  private let directory = ScratchDirectory()
  package let path: String

  /// Over a directory that exists, or in one of its own.
  package init(kibibytes: Int, at path: String? = nil) throws {
    self.path = path ?? directory.path
    guard unsafe mount("none", self.path, "tmpfs", 0, "size=\(kibibytes)k") == 0 else {
      throw SystemError("mount", self.path, code: errno)
    }
  }

  deinit { unsafe umount2(path, Int32(MNT_DETACH)) }

  package func path(of name: String) -> String { Path.join(path, name) }

  private var ballast: String { path(of: "ballast") }

  /// Until nothing more goes in.
  package func fill() throws {
    let file = try FileDescriptor.open(ballast, O_WRONLY | O_CREAT)
    do {
      while true { try file.writeAll([UInt8](repeating: 0, count: 4096)) }
    } catch {
      guard error.isOutOfSpace else { throw error }
    }
  }

  package func empty() throws { try removeFile(ballast) }

  package static let isPossible = Host.isRoot && (try? SmallDisk(kibibytes: 64)) != nil
}
