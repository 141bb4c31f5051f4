/// An inventory with every inherited setting already resolved.
package struct Inventory: Sendable {
  package var clusters: [Cluster]
  package init(clusters: [Cluster]) { self.clusters = clusters }
}

package struct Cluster: Sendable {
  package var name: ClusterName
  package var system: Located<SystemName>
  package var nodes: [Node]
  package var groups: [NodeGroup]
  /// Nil: whoever may run belay may apply.
  package var approvals: ApprovalRule?
  /// Which version of the system it is, when that makes a difference.
  package var dialect: Located<String>?
  package var location: SourceLocation

  package init(
    name: ClusterName, system: Located<SystemName>, nodes: [Node], groups: [NodeGroup] = [],
    approvals: ApprovalRule? = nil, dialect: Located<String>? = nil, location: SourceLocation
  ) {
    self.name = name
    self.system = system
    self.nodes = nodes
    self.groups = groups
    self.approvals = approvals
    self.dialect = dialect
    self.location = location
  }

  package func node(_ name: NodeName) -> Node? { nodes.first { $0.name == name } }
  package func group(_ name: String) -> NodeGroup? { groups.first { $0.name == name } }
}

/// Some nodes of a cluster under one name: a zone, a rack, a generation of hardware.
package struct NodeGroup: Hashable, Sendable {
  package var name: String
  package var members: [NodeName]
  package var location: SourceLocation

  package init(name: String, members: [NodeName], location: SourceLocation) {
    self.name = name
    self.members = members
    self.location = location
  }
}

package struct Node: Sendable {
  package var name: NodeName
  package var address: String
  package var state: NodeState
  package var ssh: SSHSettings
  /// The inventory's variables: cluster's, then node's.
  package var variables: Value.Object
  package var location: SourceLocation

  package init(
    name: NodeName, address: String, state: NodeState, ssh: SSHSettings, variables: Value.Object,
    location: SourceLocation
  ) {
    self.name = name
    self.address = address
    self.state = state
    self.ssh = ssh
    self.variables = variables
    self.location = location
  }
}

/// How a node is reached; inherited inventory → cluster → node, each key for itself.
package struct SSHSettings: Hashable, Codable, Sendable {
  /// Nil: the node's address.
  package var host: String?
  package var port: Int?
  package var user: String?
  package var identityFiles: [String]?
  package var knownHostsFiles: [String]?
  package var useAgent: Bool?
  package var connectTimeoutSeconds: Double?

  package init(
    host: String? = nil, port: Int? = nil, user: String? = nil, identityFiles: [String]? = nil,
    knownHostsFiles: [String]? = nil, useAgent: Bool? = nil, connectTimeoutSeconds: Double? = nil
  ) {
    self.host = host
    self.port = port
    self.user = user
    self.identityFiles = identityFiles
    self.knownHostsFiles = knownHostsFiles
    self.useAgent = useAgent
    self.connectTimeoutSeconds = connectTimeoutSeconds
  }

  /// These settings, with what they leave open taken from `outer`.
  package func inheriting(_ outer: SSHSettings) -> SSHSettings {
    SSHSettings(
      host: host ?? outer.host, port: port ?? outer.port, user: user ?? outer.user,
      identityFiles: identityFiles ?? outer.identityFiles,
      knownHostsFiles: knownHostsFiles ?? outer.knownHostsFiles, useAgent: useAgent ?? outer.useAgent,
      connectTimeoutSeconds: connectTimeoutSeconds ?? outer.connectTimeoutSeconds)
  }
}
