import Platform

/// The programs of this machine that labs are made with.
struct Tool: Sendable {
  let path: String
  /// The Debian package that has it.
  let name: String

  static var searchPath: String { "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" }

  /// No variable of the caller's (a proxy, a token, a language) reaches the lab.
  static var environment: [String: String] { ["PATH": searchPath, "LANG": "C.UTF-8", "ETCDCTL_API": "3"] }

  private static var packages: [String: String] {
    [
      "systemd-nspawn": "systemd-container", "ip": "iproute2", "iptables": "iptables",
      "sshd": "openssh-server", "ssh": "openssh-client", "ssh-keygen": "openssh-client",
      "etcd": "etcd-server", "etcdctl": "etcd-client", "unshare": "util-linux", "nsenter": "util-linux",
      "setsid": "util-linux",
    ]
  }

  init(_ name: String) throws(LabError) { self = try Self.all([name])[0] }

  /// All of them, or an error that names every one that is missing.
  @discardableResult
  static func all(_ names: [String]) throws(LabError) -> [Tool] {
    var found: [Tool] = []
    var missing: [String] = []
    for name in names {
      if let path = locate(name) { found.append(Tool(path: path, name: name)) } else { missing.append(name) }
    }
    guard missing.isEmpty else {
      let needed = Set(missing.compactMap { packages[$0] }).sorted().joined(separator: " ")
      throw LabError(
        "this machine lacks \(missing.joined(separator: ", "))",
        help: needed.isEmpty ? nil : "apt-get install --no-install-recommends \(needed)")
    }
    return found
  }

  private static func locate(_ name: String) -> String? {
    let places = "\(searchPath):\(Host.environment("PATH") ?? "")".split(separator: ":")
    return places.lazy.map { Path.join(String($0), name) }.first { fileKind($0) == .file }
  }

  private init(path: String, name: String) {
    self.path = path
    self.name = name
  }

  /// Runs it and returns the result whatever its status.
  func attempt(_ arguments: [String], stdin: String = "", timeout: Duration = .seconds(30)) async throws
    -> SubprocessResult
  {
    let result = try await Subprocess(
      path, arguments, environment: Self.environment, stdin: Array(stdin.utf8), timeout: timeout
    ).run()
    if result.exit == .cancelled { throw CancellationError() }
    return result
  }

  /// Runs it and returns what it printed; anything but success is an error.
  @discardableResult
  func run(_ arguments: [String], stdin: String = "", timeout: Duration = .seconds(30)) async throws -> String
  {
    let result = try await attempt(arguments, stdin: stdin, timeout: timeout)
    guard result.isSuccess else {
      let said = lastLines(result.stderr.text.isEmpty ? result.stdout.text : result.stderr.text)
      throw LabError("`\(([name] + arguments).joined(separator: " "))` failed (\(result.exit)): \(said)")
    }
    return result.stdout.text
  }
}

/// The end of a text, for messages.
func lastLines(_ text: String, _ count: Int = 5) -> String {
  text.split(whereSeparator: \.isNewline).suffix(count).joined(separator: "\n")
}

/// Asks again and again until the answer is yes; false when the time is up.
func poll(
  atMost limit: Duration, every interval: Duration = .milliseconds(100), _ condition: () async throws -> Bool
) async throws -> Bool {
  let start = ContinuousClock.now
  while true {
    if try await condition() { return true }
    guard ContinuousClock.now - start < limit else { return false }
    try await Task.sleep(for: interval)
  }
}
