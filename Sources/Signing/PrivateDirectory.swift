internal import Glibc
internal import Platform

/// Files for a program that takes paths only: in a directory that nobody else may enter, gone with this value. They need
/// not survive a crash, so that nothing waits for a disk.
final class PrivateDirectory: Sendable {
  private let path: String

  init() throws(SystemError) {
    let name = randomBytes(12).map { String($0, radix: 16) }.joined()
    let base = Host.environment("TMPDIR").flatMap { Path.isAbsolute($0) ? $0 : nil } ?? "/tmp"
    path = Path.join(base, "belay-\(name)")
    guard unsafe mkdir(path, 0o700) == 0 else {
      throw SystemError("make the directory", path, code: errno)
    }
  }

  deinit {
    for name in (try? listDirectory(path)) ?? [] { try? removeFile(Path.join(path, name)) }
    try? removeEmptyDirectory(path)
  }

  func write(_ bytes: [UInt8], to name: String) throws(SystemError) -> String {
    let file = Path.join(path, name)
    try FileDescriptor.open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW).writeAll(bytes)
    return file
  }
}
