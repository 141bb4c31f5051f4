import Glibc
import Platform

/// Nodes that are machines: systemd booted by systemd-nspawn on an overlay of this machine's files, each with its own
/// network, process, mount and host-name namespaces.
struct MachineBackend: Backend {
  let record: LabRecord
  let files: LabFiles

  private var groups: ControlGroups { ControlGroups(roots: record.controlGroups) }
  private var network: MachineNetwork { MachineNetwork(id: record.id, prefix: record.network) }

  static var programs: [String] {
    ["systemd-nspawn", "unshare", "nsenter", "ip", "sshd", "ssh", "ssh-keygen"]
  }

  /// Why this machine cannot have such nodes; nil when it can.
  static func obstacle() async throws -> String? {
    guard Host.isRoot else { return "only root can make machines" }
    let mounts = try ControlGroups.mountPoints()
    guard !mounts.isEmpty else { return "no version 2 control group hierarchy is mounted here" }
    if let obstacle = mounts.lazy.compactMap(ControlGroups.obstacle(at:)).first { return obstacle }
    let namespaces = try await Tool("unshare").attempt(["--mount", "--net", "--pid", "--fork", "true"])
    return namespaces.isSuccess ? nil : "this root may not make namespaces"
  }

  func start(_ nodes: [LabRecord.Node]) async throws {
    WatchRoom.make()
    try groups.make(for: nodes.map(\.name))
    try await network.build(nodes)
    if record.standIn != nil { try makeDirectory(files.shared) }
    let hidden = HiddenPaths.choose(labDirectory: files.directory)
    let unshare = try Tool("unshare")
    let nspawn = try Tool("systemd-nspawn")
    for node in nodes {
      try MachineSeed(node: node, nodes: nodes, standIn: record.standIn, files: files).write()
      let arguments = [
        machine(node), node.name, files.node(node.name), network.namespace(of: node.name), nspawn.path,
        groups.joined(by: node.name).joined(separator: "\n"), hidden.joined(separator: "\n"), files.shared,
      ]
      _ = try Subprocess(
        unshare.path,
        // Slave, not private: a node must not keep alive what is unmounted here, such as another lab's namespaces.
        ["--mount", "--propagation", "slave", "sh", "-c", MachineScript.text, "belay-lab"] + arguments,
        environment: Tool.environment
      ).spawnDetached(log: files.log(of: node.name))
    }
  }

  /// The node's process 1, as this machine numbers it.
  private func leader(of node: LabRecord.Node) -> Int32? {
    groups.processes(of: node.name).first { pid in
      guard let status = try? readFile("/proc/\(pid)/status", limit: 1 << 16) else { return false }
      let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
      // Its numbers from our namespace inwards: "NSpid: 4711 1".
      let numbers =
        lines.first { $0.hasPrefix("NSpid:") }?.split(whereSeparator: \.isWhitespace).dropFirst() ?? []
      return numbers.count == 2 && numbers.last == "1"
    }
  }

  func condition(of node: LabRecord.Node) async -> LabCondition {
    if leader(of: node) != nil { return .running }
    return groups.processes(of: node.name).isEmpty ? .gone : .stopped
  }

  /// Not over SSH: it must work on a node that is cut off, too.
  func systemctl(_ arguments: [String], on node: LabRecord.Node) async throws -> SubprocessResult? {
    guard let leader = leader(of: node) else { return nil }
    return try await Tool("nsenter").attempt(
      ["--target", "\(leader)", "--mount", "--uts", "--ipc", "--net", "--pid", "--", "systemctl"] + arguments)
  }

  func inject(_ fault: LabFault, into node: LabRecord.Node) async throws {
    switch fault {
    case .linkDown: try await network.setLink(of: node.name, up: false)
    case .linkUp: try await network.setLink(of: node.name, up: true)
    case .dropFrom(let peer): try await network.drop(from: try record.node(peer).address, at: node.name)
    case .acceptAll: try await network.acceptAll(at: node.name)
    case .stopHost:
      // As if the power was cut: nothing gets to say goodbye.
      guard let leader = leader(of: node) else { throw notRunning(node) }
      kill(leader, SIGKILL)
      try await expect("\(node.name) to be off") { self.leader(of: node) == nil }
    case .startHost:
      try switchOn(node)
      try await expectBooted(node, afterLeader: nil)
    case .rebootHost:
      let before = leader(of: node)
      _ = try await systemctl(["--no-block", "reboot"], on: node)
      try await expectBooted(node, afterLeader: before)
    case .killService, .pauseService, .resumeService, .stopService, .startService:
      try await injectIntoService(fault, of: node)
    }
  }

  private func switchOn(_ node: LabRecord.Node) throws {
    guard leader(of: node) == nil else {
      throw LabError("\(node.name) is already running")
    }
    // Without waiting: with nobody reading, the node is not one that was switched off.
    guard
      let power = try? FileDescriptor.open(Path.join(files.node(node.name), "power"), O_WRONLY | O_NONBLOCK)
    else { throw LabError("nothing is left of \(node.name)", help: "belay lab down, then belay lab up") }
    try power.writeAll(Array("on\n".utf8))
  }

  private func expectBooted(_ node: LabRecord.Node, afterLeader old: Int32?) async throws {
    try await expect("\(node.name) to boot") {
      guard let now = leader(of: node), now != old else { return false }
      return try await systemctl(["is-active", "ssh"], on: node)?.isSuccess == true
    }
  }

  private func expect(_ what: String, _ condition: () async throws -> Bool) async throws {
    guard try await poll(atMost: .seconds(60), every: .milliseconds(50), condition) else {
      throw LabError("waited a minute for \(what)", help: "look at \(files.nodes)")
    }
  }

  func destroy(_ nodes: [LabRecord.Node]) async throws {
    try await groups.destroy(nodes.map(\.name))
    try await network.destroy(nodes)
  }

  private func machine(_ node: LabRecord.Node) -> String { "belay-\(record.id)-\(node.name)" }
}
