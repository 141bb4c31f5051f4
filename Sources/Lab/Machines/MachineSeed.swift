import Model
import Platform

/// The files that make a node differ from this machine, laid out as they will lie in its root.
struct MachineSeed {
  let node: LabRecord.Node
  let nodes: [LabRecord.Node]
  let standIn: StandIn?
  let files: LabFiles

  func write() throws {
    let directory = files.node(node.name)
    let hosts = nodes.map { "\($0.address) \($0.name)\n" }.joined()
    var seed: [(path: String, content: String)] = [
      ("etc/hostname", "\(node.name)\n"),
      ("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n\(hosts)"),
      ("etc/machine-id", "\(hexadecimal(randomBytes(16)))\n"),
      ("etc/ssh/sshd_config", Self.sshdConfiguration),
      // Memory holds the journal of every node.
      ("etc/systemd/journald.conf.d/lab.conf", "[Journal]\nStorage=volatile\nRuntimeMaxUse=32M\n"),
      ("root/.ssh/authorized_keys", try text(of: files.publicKey)),
      ("etc/ssh/ssh_host_ed25519_key", try text(of: files.hostKey(of: node.name))),
    ]
    if let standIn {
      seed.append(("etc/standin.json", StandIn.question(nodes, standIn.settings, node: node.name).json()))
      seed.append(("usr/local/lib/standin/\(Self.scriptName)", try text(of: standIn.script)))
    } else if node.role == .member {
      seed.append(
        ("etc/default/etcd", EtcdSettings(node: node, nodes: nodes, alsoLoopback: true).environmentFile))
      try replaceFile(Path.join(directory, "member"), with: [])
    }
    for (path, content) in seed {
      let target = Path.join(directory, "seed/\(path)")
      try makeDirectory(Path.parent(of: target))
      try replaceFile(target, with: Array(content.utf8), mode: mode(of: path))
    }
  }

  static var scriptName: String { "standin.py" }

  private func mode(of path: String) -> UInt32 {
    if path.hasSuffix("_key") { return 0o600 }
    return path.hasSuffix(Self.scriptName) ? 0o755 : 0o644
  }

  private func text(of path: String) throws -> String {
    String(decoding: try readFile(path, limit: 1 << 20), as: UTF8.self)
  }

  /// Root with the lab's key and nothing else; no PAM, whose session costs each command a tenth of a second.
  private static let sshdConfiguration = """
    HostKey /etc/ssh/ssh_host_ed25519_key
    PermitRootLogin prohibit-password
    PasswordAuthentication no
    KbdInteractiveAuthentication no
    AllowUsers root
    UsePAM no
    UseDNS no
    MaxStartups 500
    MaxSessions 100
    Subsystem sftp internal-sftp

    """
}

func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { byte in
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0\(digits)" : digits
  }.joined()
}
