import Glibc
import Synchronization

/// A real sshd of the user who runs the tests, on loopback addresses of its own, with its own host keys, a
/// key that may log in, and a known_hosts file that knows it. It ends with the fixture, sessions included.
package final class SSHDFixture: Sendable {
  package let directory: String
  package let addresses: [String]
  package let port: Int
  package let user: String
  /// May log in.
  package var identityFile: String { directory + "/id_ed25519" }
  package var knownHostsFile: String { directory + "/known_hosts" }
  private var authorizedKeysFile: String { directory + "/authorized_keys" }

  private let hostKeyTypes: [String]
  private let settings: [String]
  private let servers = Mutex<[pid_t]>([])

  /// Why no fixture can run here, if so.
  package static var obstacle: String? {
    for program in [sshd, sshKeygen] where unsafe access(program, X_OK) != 0 {
      return "\(program) is missing: apt-get install openssh-server openssh-client"
    }
    return nil
  }
  package static let sshd = "/usr/sbin/sshd"
  package static let sshKeygen = "/usr/bin/ssh-keygen"

  /// Starts the servers, at addresses that nobody else is likely to use unless a `network` such as `127.0.0`
  /// is given. `settings` are lines of sshd_config that win over the fixture's own.
  package init(
    addressCount: Int = 1, network: String? = nil, hostKeyTypes: [String] = ["ed25519"],
    settings: [String] = []
  ) throws {
    directory = try FixtureFiles.makeDirectory()
    let network = network ?? "127.\(Int.random(in: 16...250)).\(Int.random(in: 0...255))"
    addresses = (1...max(1, addressCount)).map { "\(network).\($0)" }
    port = try FixtureFiles.freePort(at: addresses[0])
    user = FixtureFiles.currentUser()
    self.hostKeyTypes = hostKeyTypes
    self.settings = settings
    // sshd of root insists on this directory, which its service would have made.
    if geteuid() == 0 { unsafe mkdir("/run/sshd", 0o755) }
    for type in hostKeyTypes { try replaceHostKey(type) }
    try makeKey("id_ed25519")
    try authorize(identityFile)
    try FixtureFiles.write(knownHosts(), to: knownHostsFile)
    try start()
  }

  deinit {
    stop()
    FixtureFiles.remove(directory)
  }

  /// The lines that ssh-keyscan would write.
  package func knownHosts() throws -> String {
    var lines = ""
    for type in hostKeyTypes {
      let key = try FixtureFiles.read(hostKeyFile(type) + ".pub").split(separator: " ").prefix(2)
      for address in addresses {
        lines += "[\(address)]:\(port) " + key.joined(separator: " ") + "\n"
      }
    }
    return lines
  }

  package func hostKeyFile(_ type: String) -> String { "\(directory)/host_\(type)" }

  /// Takes effect with the next start; known_hosts stays as it is.
  package func replaceHostKey(_ type: String) throws {
    unsafe unlink(hostKeyFile(type))
    try FixtureProcess.run([
      SSHDFixture.sshKeygen, "-q", "-t", type, "-b", SSHDFixture.bits(type), "-N", "", "-C", "host", "-f",
      hostKeyFile(type),
    ])
  }

  /// A new key pair in the fixture's directory; only `authorize` lets it in.
  @discardableResult
  package func makeKey(_ name: String, type: String = "ed25519", passphrase: String = "") throws -> String {
    let path = "\(directory)/\(name)"
    try FixtureProcess.run([
      SSHDFixture.sshKeygen, "-q", "-t", type, "-b", SSHDFixture.bits(type), "-N", passphrase, "-C", name,
      "-f", path,
    ])
    return path
  }

  /// The smallest RSA keys that are still accepted: larger ones take seconds to make.
  private static func bits(_ type: String) -> String { type == "rsa" ? "2048" : "256" }

  package func authorize(_ identityFile: String) throws {
    let known = (try? FixtureFiles.read(authorizedKeysFile)) ?? ""
    try FixtureFiles.write(known + FixtureFiles.read(identityFile + ".pub"), to: authorizedKeysFile)
  }

  package func start() throws {
    // One sshd takes at most 16 listening sockets.
    for (number, first) in stride(from: 0, to: addresses.count, by: 16).enumerated() {
      let group = addresses[first..<min(first + 16, addresses.count)]
      let log = "\(directory)/sshd\(number).log"
      unsafe unlink(log)
      let file = "\(directory)/sshd\(number).conf"
      try FixtureFiles.write(configuration(group), to: file)
      let server = try FixtureProcess.spawn([SSHDFixture.sshd, "-D", "-f", file, "-E", log])
      servers.withLock { $0.append(server) }
      try awaitListening(log, count: group.count)
    }
  }

  private func configuration(_ addresses: ArraySlice<String>) -> String {
    var lines = settings
    lines += addresses.map { "ListenAddress \($0):\(port)" }
    lines += hostKeyTypes.map { "HostKey \(hostKeyFile($0))" }
    lines += [
      "AuthorizedKeysFile \(authorizedKeysFile)", "PidFile none", "StrictModes no", "UsePAM no", "UseDNS no",
      "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin yes", "PrintMotd no",
      "MaxStartups 200", "LogLevel VERBOSE",
      // The shell finds no profile there, whatever the user has in theirs.
      "SetEnv HOME=\(directory)",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private func awaitListening(_ log: String, count: Int) throws {
    for _ in 0..<500 {
      let text = (try? FixtureFiles.read(log)) ?? ""
      if text.split(whereSeparator: \.isNewline).count(where: { $0.contains("Server listening on") }) == count
      {
        return
      }
      usleep(10_000)
    }
    throw FixtureError("sshd does not listen: " + ((try? FixtureFiles.read(log)) ?? "no log"))
  }

  /// Kills the servers with every session and command that they started.
  package func stop() {
    let running = servers.withLock { servers in
      let running = servers
      servers = []
      return running
    }
    let victims = running + FixtureProcess.descendants(of: running)
    for process in victims { kill(process, SIGKILL) }
    for server in running { FixtureProcess.reap(server) }
  }

  /// What the servers have said since their start.
  package func log() -> String {
    FixtureFiles.entries(directory).filter { $0.hasSuffix(".log") }
      .compactMap { try? FixtureFiles.read("\(directory)/\($0)") }.joined()
  }

  /// How many processes the servers have started: those of sessions and of their commands.
  package var sessionCount: Int { FixtureProcess.descendants(of: servers.withLock { $0 }).count }

  /// Ends every connection, as a network does that goes away: the commands know nothing of it.
  package func cutConnections() {
    for process in FixtureProcess.descendants(of: servers.withLock { $0 }) {
      let name = try? FixtureFiles.read("/proc/\(process)/comm")
      if name?.hasPrefix("sshd") == true { kill(process, SIGKILL) }
    }
  }

  /// Kills the sessions and their commands, and leaves the servers listening.
  package func killSessions() {
    for process in FixtureProcess.descendants(of: servers.withLock { $0 }) { kill(process, SIGKILL) }
  }
}
