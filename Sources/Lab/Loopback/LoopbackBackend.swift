import Platform

/// Nodes that are loopback addresses of this machine, each with its own sshd and etcd, for users who are not root.
struct LoopbackBackend: Backend {
  let record: LabRecord
  let files: LabFiles

  static var programs: [String] { ["sshd", "ssh", "ssh-keygen", "setsid"] }
  static var port: Int { 2222 }

  private var mark: String { "BELAY_LAB=\(record.id)" }
  /// Only what lies in the nodes' directories: an editor with the inventory open is no process of the lab.
  private var processes: LabProcesses { LabProcesses(mark: mark, directory: files.nodes) }
  private func shim(_ node: LabRecord.Node) -> String { Path.join(files.node(node.name), "bin/systemctl") }
  private func configuration(_ node: LabRecord.Node) -> String {
    Path.join(files.node(node.name), "sshd_config")
  }

  /// A /24 of the loopback network on which nothing listens.
  static func chooseFreePrefix() throws -> String {
    let sockets = String(decoding: try readFile("/proc/net/tcp", limit: 16 << 20), as: UTF8.self)
    for _ in 0..<1000 {
      let (high, low) = (UInt8.random(in: 1...254), UInt8.random(in: 1...254))
      // Addresses are printed as numbers of this machine's byte order: 127.1.2.3 is 0302017F.
      let shown = "\(hexadecimal([low, high]))7f:"
      if !sockets.lowercased().contains(shown) { return "127.\(high).\(low)" }
    }
    throw LabError("every loopback network is in use")
  }

  func start(_ nodes: [LabRecord.Node]) async throws {
    let sshd = try Tool("sshd")
    // sshd run by root insists on it; Debian's unit would make it.
    if Host.isRoot { try makeDirectory("/run/sshd", mode: 0o755) }
    for node in nodes {
      try write(node, among: nodes)
      _ = try Subprocess(sshd.path, ["-D", "-e", "-f", configuration(node)], environment: Tool.environment)
        .spawnDetached(log: files.log(of: node.name))
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for node in nodes where node.role == .member {
        group.addTask {
          let started = try await systemctl(["start", "etcd"], on: node)
          guard started?.isSuccess == true else {
            throw LabError("etcd did not start on \(node.name): \(started?.stderr.text ?? "")")
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private func write(_ node: LabRecord.Node, among nodes: [LabRecord.Node]) throws {
    let directory = files.node(node.name)
    try makeDirectory(Path.join(directory, "bin"))
    let settings = """
      ListenAddress \(node.address):\(record.port)
      HostKey "\(files.hostKey(of: node.name))"
      AuthorizedKeysFile "\(files.publicKey)"
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      PermitRootLogin prohibit-password
      StrictModes no
      UsePAM no
      UseDNS no
      PidFile none
      MaxStartups 500
      MaxSessions 100
      SetEnv "PATH=\(directory)/bin:\(Tool.searchPath)" \(mark) BELAY_LAB_NODE=\(node.name)
      Subsystem sftp internal-sftp

      """
    try replaceFile(configuration(node), with: Array(settings.utf8))
    let script = LoopbackScript.text(nodeDirectory: directory, mark: mark)
    try replaceFile(shim(node), with: Array(script.utf8), mode: 0o700)
    guard node.role == .member else { return }
    var etcd = EtcdSettings(node: node, nodes: nodes, alsoLoopback: false)
    etcd.dataDirectory = "'\(directory)/etcd'"
    try replaceFile(Path.join(directory, "etcd.env"), with: Array(etcd.environmentFile.utf8))
    try replaceFile(Path.join(directory, "enabled"), with: [])
  }

  func condition(of node: LabRecord.Node) async -> LabCondition {
    processes.isRunning(commandWith: configuration(node)) ? .running : .gone
  }

  func systemctl(_ arguments: [String], on node: LabRecord.Node) async throws -> SubprocessResult? {
    guard fileKind(shim(node)) != nil else { return nil }
    return try await Tool("sh").attempt([shim(node)] + arguments, timeout: .seconds(60))
  }

  func inject(_ fault: LabFault, into node: LabRecord.Node) async throws {
    try await injectIntoService(fault, of: node)
  }

  func destroy(_ nodes: [LabRecord.Node]) async throws { try await processes.killAll() }
}
