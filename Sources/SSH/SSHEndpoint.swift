package import Model
import Transport

/// Everything belay needs to know to reach one node. ssh_config plays no part: what is not here is not used.
package struct SSHEndpoint: Sendable, Equatable {
  package var node: NodeName
  /// A name or a numeric address, without user or port.
  package var host: String
  package var port: Int
  package var user: String
  /// Private keys, tried in this order before those of the agent. A leading `~/` means the home directory.
  package var identityFiles: [String]
  package var useAgent: Bool
  /// The agent's socket; `SSH_AUTH_SOCK` when nil.
  package var agentSocket: String?
  package var knownHostsFiles: [String]
  /// The name that known_hosts has for this node, where it is not `host` (and its port).
  package var hostKeyAlias: String?
  /// For everything up to a session that can run commands: name, connection, keys, authentication.
  package var connectTimeout: Duration
  /// How long the node may stay silent before the kernel asks whether it is still there; three unanswered
  /// questions end the connection. Nil leaves a dead node to the time limit of each command.
  package var keepalive: Duration?

  package init(
    node: NodeName, host: String, port: Int = 22, user: String, identityFiles: [String] = [],
    useAgent: Bool = true, agentSocket: String? = nil, knownHostsFiles: [String],
    hostKeyAlias: String? = nil, connectTimeout: Duration = .seconds(10), keepalive: Duration? = .seconds(15)
  ) {
    self.node = node
    self.host = host
    self.port = port
    self.user = user
    self.identityFiles = identityFiles
    self.useAgent = useAgent
    self.agentSocket = agentSocket
    self.knownHostsFiles = knownHostsFiles
    self.hostKeyAlias = hostKeyAlias
    self.connectTimeout = connectTimeout
    self.keepalive = keepalive
  }
}

extension SSHEndpoint {
  /// The address as a person would write it.
  var place: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// The name to look up in known_hosts. As for ssh, an alias stands alone and only another port than 22
  /// is part of the name.
  var knownHostsName: String {
    (hostKeyAlias ?? (port == 22 ? host : "[\(host)]:\(port)")).lowercased()
  }

  func failure(_ kind: TransportFailure.Kind, _ message: String, help: String? = nil) -> TransportFailure {
    TransportFailure(node: node, kind: kind, message: message, help: help)
  }

  /// A name with a leading dash has been an option to some program before now, and one with a line break
  /// a second line in a log: such names stop here, before anything else sees them.
  func validate() throws(TransportFailure) {
    try check(host, is: "host")
    try check(user, is: "user")
    if let hostKeyAlias { try check(hostKeyAlias, is: "host key alias") }
    if host.contains("@") {
      throw failure(
        .configuration, "the host “\(printable(host))” contains an @",
        help: "write the user as `user:` and the host as `host:`")
    }
    guard (1...65535).contains(port) else {
      throw failure(
        .configuration, "the port \(port) is not between 1 and 65535",
        help: "correct `port:` in the inventory")
    }
  }

  private func check(_ name: String, is what: String) throws(TransportFailure) {
    let problem: String
    if name.isEmpty {
      problem = "is empty"
    } else if name.hasPrefix("-") {
      problem = "begins with a dash"
    } else if name.unicodeScalars.contains(where: { $0.properties.isWhitespace || isControl($0) }) {
      problem = "contains a space or a control character"
    } else {
      return
    }
    throw failure(
      .configuration, "the \(what) “\(printable(name))” \(problem)",
      help: "correct the \(what) of node \(node) in the inventory")
  }
}
