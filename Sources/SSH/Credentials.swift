internal import CSSH
import Glibc
import Model
import Transport

/// A private key in memory.
@safe final class PrivateKey {
  let path: String
  let raw: ssh_key

  init(path: String, owning raw: ssh_key) {
    self.path = path
    unsafe self.raw = raw
  }

  deinit {
    unsafe ssh_key_free(raw)
  }
}

/// An identity file: either a key or the reason why it is none.
enum Identity {
  case key(PrivateKey)
  case unusable(String)

  static func read(_ path: String) -> Identity {
    let file = expandingHome(path)
    var information = stat()
    guard unsafe stat(file, &information) == 0 else {
      return .unusable("\(path) cannot be read (\(errnoText(errno)))")
    }
    // Opening a pipe would wait for its writer, and every node with it.
    guard information.st_mode & S_IFMT == S_IFREG else { return .unusable("\(path) is not a file") }
    guard unsafe access(file, R_OK) == 0 else {
      return .unusable("\(path) cannot be read (\(errnoText(errno)))")
    }
    var key: ssh_key?
    var askedForPassphrase = false
    let status = unsafe withUnsafeMutablePointer(to: &askedForPassphrase) { asked in
      unsafe ssh_pki_import_privkey_file(file, nil, refusePassphrase, asked, &key)
    }
    guard status == SSH_OK, let key = unsafe key else {
      return .unusable(
        askedForPassphrase
          ? "\(path) is encrypted; add it to the agent with `ssh-add \(shellWord(path))` and set `agent: true`"
          : "\(path) is not a private key that libssh can read")
    }
    return .key(unsafe PrivateKey(path: path, owning: key))
  }
}

/// Without a callback, OpenSSL would ask for the passphrase on the terminal.
private func refusePassphrase(
  prompt: UnsafePointer<CChar>?, buffer: UnsafeMutablePointer<CChar>?, count: Int, echo: Int32, verify: Int32,
  context: UnsafeMutableRawPointer?
) -> Int32 {
  unsafe context?.assumingMemoryBound(to: Bool.self).pointee = true
  return -1
}

/// Files that every node shares, read once instead of once a node.
final class Credentials {
  private var identities: [String: Identity] = [:]
  private var knownHosts: [[String]: KnownHosts] = [:]
  private var agents: [String: Agent] = [:]

  func identity(_ path: String) -> Identity {
    if let known = identities[path] { return known }
    let identity = Identity.read(path)
    identities[path] = identity
    return identity
  }

  func agent(_ path: String) -> Agent {
    if let known = agents[path] { return known }
    let agent = Agent.ask(path)
    agents[path] = agent
    return agent
  }

  func hostKeys(for endpoint: SSHEndpoint) throws(TransportFailure) -> [KnownHostKey] {
    if let known = knownHosts[endpoint.knownHostsFiles] { return known.keys(for: endpoint.knownHostsName) }
    let read = try KnownHosts(reading: endpoint)
    knownHosts[endpoint.knownHostsFiles] = read
    return read.keys(for: endpoint.knownHostsName)
  }

  /// The next connection looks again: by then a person may have repaired things. Only an agent that kept
  /// everyone waiting is not given the chance to do so for each node.
  func forget() {
    identities = [:]
    knownHosts = [:]
    agents = agents.filter { if case .silent = $0.value { true } else { false } }
  }
}

extension KnownHosts {
  /// A file that does not exist knows no host; one that cannot be read is an error.
  init(reading endpoint: SSHEndpoint) throws(TransportFailure) {
    var texts: [(file: String, text: String)] = []
    for file in endpoint.knownHostsFiles {
      let path = expandingHome(file)
      let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
      if descriptor < 0 && (errno == ENOENT || errno == ENOTDIR) { continue }
      let bytes = descriptor < 0 ? nil : readAll(descriptor)
      guard let bytes else {
        throw endpoint.failure(
          .configuration, "cannot read the known_hosts file \(file): \(errnoText(errno))",
          help: "without it no host key can be trusted; make it a readable file")
      }
      texts.append((file, String(decoding: bytes, as: UTF8.self)))
    }
    self.init(texts: texts)
  }
}

/// Everything from a descriptor, which it closes; nil with `errno` set if reading fails.
private func readAll(_ descriptor: Int32) -> [UInt8]? {
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = unsafe read(descriptor, &buffer, buffer.count)
    if count == 0 { return bytes }
    if count < 0 && errno == EINTR { continue }
    if count < 0 { return nil }
    bytes += buffer.prefix(count)
    if bytes.count > 64 << 20 {
      errno = EFBIG
      return nil
    }
  }
}
