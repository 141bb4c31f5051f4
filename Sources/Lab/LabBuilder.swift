import Model
import Platform

/// Brings a recorded lab to life: keys, nodes, the cluster, and the files by which belay and ssh find it.
struct LabBuilder {
  let record: LabRecord
  let files: LabFiles

  func build(_ progress: (String) -> Void) async throws -> LabDescription {
    try await makeKeys()
    let names = record.nodes.map(\.name).joined(separator: ", ")
    progress("starting \(record.kind == .machines ? "machines" : "sshd and etcd on") \(names)")
    try await LabControl.backend(record, files).start(record.nodes)
    try writeKnownHosts()
    try writeInventory()
    try await waitForLogins()
    progress("every node answers ssh; waiting until the cluster takes changes of its members")
    if record.standIn == nil {
      try await EtcdReadiness(members: record.members).wait(atMost: .seconds(60))
    } else {
      try await StandInReadiness(builder: self).wait(atMost: .seconds(60))
    }
    var finished = record
    finished.phase = .up
    try finished.save(in: files)
    return try await LabControl.describe(finished, files)
  }

  private func makeKeys() async throws {
    let keygen = try Tool("ssh-keygen")
    func generate(_ path: String, _ comment: String) async throws {
      try await keygen.run(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path])
    }
    try await generate(files.identity, "belay lab \(record.id)")
    for node in record.nodes {
      try makeDirectory(files.node(node.name))
      try await generate(files.hostKey(of: node.name), node.name)
    }
  }

  private func writeKnownHosts() throws {
    var lines = ""
    for node in record.nodes {
      let key = String(
        decoding: try readFile("\(files.hostKey(of: node.name)).pub", limit: 4096), as: UTF8.self)
      let host = record.port == 22 ? node.address : "[\(node.address)]:\(record.port)"
      // "type key comment": the comment says nothing about the host here.
      lines += "\(host) \(key.split(separator: " ").prefix(2).joined(separator: " "))\n"
    }
    try replaceFile(files.knownHosts, with: Array(lines.utf8))
  }

  private func writeInventory() throws {
    let port = record.port == 22 ? "" : "\n  port: \(record.port)"
    let nodes = record.nodes.map { node in
      let variables = record.standIn?.variables[node.name].map { ", vars: \($0.json())" } ?? ""
      return "\n      \(node.name): { address: \(node.address), state: \(node.role.rawValue)\(variables) }"
    }
    let settings = record.standIn?.cluster.entries.map { "\n    \($0.key): \($0.value.json())" } ?? []
    let text = """
      # Written by `belay lab up`; `belay lab down` removes it.
      ssh:
        user: \(scalar(record.user))\(port)
        identity: \(scalar(files.identity))
        known_hosts: \(scalar(files.knownHosts))
      clusters:
        \(record.cluster):
          system: \(record.system)\(settings.joined())
          nodes:\(nodes.joined())

      """
    try replaceFile(files.inventory, with: Array(text.utf8))
  }

  /// A YAML scalar: plain where that cannot be misread, otherwise quoted as in JSON, which YAML reads the same.
  private func scalar(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    return isPlain && (text.hasPrefix("/") || text == "root") ? text : Value.string(text).json()
  }

  private func waitForLogins() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for node in record.nodes {
        group.addTask {
          var answer = ""
          let isReached = try await poll(atMost: .seconds(60)) {
            let login = try await ssh("true", on: node)
            answer = lastLines(login.stderr.text, 1)
            return login.isSuccess
          }
          guard isReached else {
            throw LabError(
              "\(node.name) did not answer ssh in time; it said last: \(answer)",
              help: "what it said while it booted is in \(files.log(of: node.name))")
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// Runs a command on a node as a user of the lab would.
  func ssh(_ command: String, on node: LabRecord.Node) async throws -> SubprocessResult {
    try await Tool("ssh").attempt(loginOptions + ["\(record.user)@\(node.address)", command])
  }

  private var loginOptions: [String] {
    let settings = [
      "BatchMode=yes", "IdentitiesOnly=yes", "ConnectTimeout=2", "StrictHostKeyChecking=yes",
      // The default exchange of keys is half of what a connection costs.
      "KexAlgorithms=curve25519-sha256", "UserKnownHostsFile=\"\(files.knownHosts)\"",
      "GlobalKnownHostsFile=none",
    ]
    return ["-F", "none", "-i", files.identity, "-p", "\(record.port)"] + settings.flatMap { ["-o", $0] }
  }
}

extension String {
  var trimmedLine: String { split(whereSeparator: \.isNewline).first.map(String.init) ?? "" }
}
