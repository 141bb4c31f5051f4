internal import Platform

/// Files for a program that takes paths only: in a directory that nobody else may enter, gone with this value.
final class PrivateDirectory: Sendable {
  private let path: String

  init() throws(SystemError) {
    let name = randomBytes(12).map { String($0, radix: 16) }.joined()
    path = Path.join(Host.environment("TMPDIR") ?? "/tmp", "belay-\(name)")
    try makeDirectory(path)
  }

  deinit {
    for name in (try? listDirectory(path)) ?? [] { try? removeFile(Path.join(path, name)) }
    try? removeEmptyDirectory(path)
  }

  func write(_ bytes: [UInt8], to name: String) throws(SystemError) -> String {
    let file = Path.join(path, name)
    try replaceFile(file, with: bytes, mode: 0o600)
    return file
  }
}
