import Glibc

/// What an ssh-agent says before it is trusted to answer.
///
/// libssh waits for the agent without a time limit, and with it the loop and every node. An agent at the far
/// end of a dead connection would never answer, so each is asked once, briefly, what it holds.
enum Agent {
  case holds(Int)
  case unusable(String)
  case silent(String)

  static func ask(_ path: String) -> Agent {
    let descriptor = socket(
      AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return .unusable("the agent cannot be asked (\(errnoText(errno)))") }
    defer { close(descriptor) }
    guard connect(descriptor, to: path) else {
      return .unusable("no agent answers at \(path) (\(errnoText(errno)))")
    }
    // SSH_AGENTC_REQUEST_IDENTITIES, and of its answer the length, the type (12) and the number of keys.
    let question: [UInt8] = [0, 0, 0, 1, 11]
    guard unsafe send(descriptor, question, question.count, Int32(MSG_NOSIGNAL)) == question.count else {
      return .unusable("the agent at \(path) takes no question (\(errnoText(errno)))")
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 9)
    while answer.count < 9 {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&waiting, 1, 1000) == 1 else {
        return .silent("the agent at \(path) does not answer")
      }
      let count = unsafe read(descriptor, &buffer, 9 - answer.count)
      guard count > 0 else { return .unusable("the agent at \(path) hung up") }
      answer += buffer.prefix(count)
    }
    guard answer[4] == 12 else { return .unusable("the agent at \(path) refuses to list its keys") }
    let count = answer[5...].reduce(0) { $0 << 8 | Int($1) }
    return count == 0 ? .unusable("the agent at \(path) holds no key (`ssh-add`)") : .holds(count)
  }

  private static func connect(_ descriptor: Int32, to path: String) -> Bool {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
      guard bytes.count < field.count else { return false }
      unsafe field.copyBytes(from: bytes)
      return true
    }
    guard fits else {
      errno = ENAMETOOLONG
      return false
    }
    return unsafe withUnsafeBytes(of: address) { raw in
      guard let generic = unsafe raw.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
      return unsafe Glibc.connect(descriptor, generic, socklen_t(raw.count)) == 0
    }
  }
}
