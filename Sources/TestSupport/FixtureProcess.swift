package import Glibc

package struct FixtureError: Error, CustomStringConvertible {
  package var description: String

  package init(_ description: String) {
    self.description = description
  }
}

/// Real programs for fixtures.
package enum FixtureProcess {
  /// Starts a program with no input; its output goes to `output` or nowhere.
  package static func spawn(_ arguments: [String], output: String = "/dev/null") throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // Threads of Swift's pool block every signal; a program that inherited that could not be terminated.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var process: pid_t = 0
    let status = unsafe posix_spawn(&process, arguments[0], &actions, &attributes, &words, environ)
    guard status == 0 else {
      throw FixtureError("cannot start \(arguments[0]): \(unsafe String(cString: strerror(status)))")
    }
    return process
  }

  /// Runs a program to its end and insists on success.
  package static func run(_ arguments: [String]) throws {
    let status = reap(try spawn(arguments))
    guard status == 0 else {
      throw FixtureError("\(arguments.joined(separator: " ")) failed with status \(status)")
    }
  }

  @discardableResult
  package static func reap(_ process: pid_t) -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
    return status
  }

  /// Children, their children and so on, as /proc has them now.
  package static func descendants(of ancestors: [pid_t]) -> [pid_t] {
    var children: [pid_t: [pid_t]] = [:]
    for process in FixtureFiles.entries("/proc").compactMap({ pid_t($0) }) {
      // The name in parentheses may contain anything; the parent is the second field after it.
      guard let text = try? FixtureFiles.read("/proc/\(process)/stat"), let end = text.lastIndex(of: ")")
      else {
        continue
      }
      let fields = text[end...].split(separator: " ")
      if fields.count > 2, let parent = pid_t(fields[2]) { children[parent, default: []].append(process) }
    }
    var found: [pid_t] = []
    var queue = ancestors
    while let next = queue.popLast() {
      let direct = children[next] ?? []
      found += direct
      queue += direct
    }
    return found
  }
}

/// Small files for fixtures.
package enum FixtureFiles {
  package static func makeDirectory() throws -> String {
    var template = Array("/tmp/belay-test-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw FixtureError("cannot make a directory under /tmp") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  package static func write(_ text: String, to path: String) throws {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FixtureError("cannot write \(path)") }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw FixtureError("cannot write \(path)")
    }
  }

  package static func read(_ path: String) throws -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FixtureError("cannot read \(path)") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
      if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer.prefix(count)
    }
  }

  package static func entries(_ directory: String) -> [String] {
    guard let stream = unsafe opendir(directory) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix(while: { $0 != 0 }), as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// A directory with what is in it. Never follows a link.
  package static func remove(_ directory: String) {
    for name in entries(directory) {
      let path = "\(directory)/\(name)"
      if unsafe unlink(path) != 0 && errno == EISDIR { remove(path) }
    }
    unsafe rmdir(directory)
  }

  package static func currentUser() -> String {
    guard let entry = unsafe getpwuid(geteuid()), let name = unsafe entry.pointee.pw_name else {
      return "root"
    }
    return unsafe String(cString: name)
  }

  /// A port that nobody uses at this address now.
  package static func freePort(at address: String) throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw FixtureError("cannot open a socket") }
    defer { close(descriptor) }
    return try bindLoopback(descriptor, address)
  }

  /// Binds a TCP socket to a free port of a loopback address and returns the port.
  package static func bindLoopback(_ descriptor: Int32, _ address: String) throws -> Int {
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = unsafe inet_addr(address)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = unsafe withUnsafeMutableBytes(of: &place) { bytes -> Int32 in
      guard let generic = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
      guard unsafe bind(descriptor, generic, length) == 0 else { return -1 }
      return unsafe getsockname(descriptor, generic, &length)
    }
    guard status == 0 else { throw FixtureError("cannot bind to \(address)") }
    return Int(UInt16(bigEndian: place.sin_port))
  }

  /// Binds a local socket to a path.
  package static func bindLocal(_ descriptor: Int32, _ path: String) throws {
    var place = sockaddr_un()
    place.sun_family = sa_family_t(AF_UNIX)
    let status = unsafe withUnsafeMutableBytes(of: &place.sun_path) { field -> Int32 in
      guard path.utf8.count < field.count else { return -1 }
      unsafe field.copyBytes(from: Array(path.utf8))
      return 0
    }
    let bound = unsafe withUnsafeBytes(of: place) { bytes -> Int32 in
      guard let generic = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
      return unsafe bind(descriptor, generic, socklen_t(bytes.count))
    }
    guard status == 0, bound == 0 else { throw FixtureError("cannot bind to \(path)") }
  }
}
