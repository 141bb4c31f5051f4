import Glibc
import TestSupport

/// A server that takes connections and says nothing, or one thing.
final class ListenerFixture: Sendable {
  let port: Int
  let path: String
  private let descriptor: Int32

  init(address: String, backlog: Int32 = 16) throws {
    path = ""
    descriptor = socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    port = try FixtureFiles.bindLoopback(descriptor, address)
    guard listen(descriptor, backlog) == 0 else { throw FixtureError("cannot listen") }
  }

  init(path: String) throws {
    self.path = path
    port = 0
    descriptor = socket(
      AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    try FixtureFiles.bindLocal(descriptor, path)
    guard listen(descriptor, 16) == 0 else { throw FixtureError("cannot listen") }
  }

  deinit {
    close(descriptor)
  }

  /// Sends this to the first client and hangs up.
  func greet(_ text: String) async throws {
    for _ in 0..<500 {
      let client = accept(descriptor, nil, nil)
      if client >= 0 {
        let bytes = Array(text.utf8)
        _ = unsafe send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        close(client)
        return
      }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw FixtureError("nobody connected")
  }
}
