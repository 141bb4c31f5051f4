import Model
import Platform

/// What a lab made or is about to make, written before it makes anything: `down` reads it and needs no luck.
struct LabRecord: Sendable, Equatable {
  enum Phase: String { case starting, up }

  struct Node: Sendable, Equatable {
    var name: String
    var address: String
    var role: LabRole
  }

  static var format: Int { 1 }

  /// Six hexadecimal digits, in the names of namespaces, links, control groups and machines.
  var id: String
  var phase: Phase
  var kind: LabKind
  var system: String
  var cluster: String
  var user: String
  var port: Int
  /// The first three bytes of the nodes' addresses: `10.77.3`.
  var network: String
  var nodes: [Node]
  /// Nil for etcd, which is the real one.
  var standIn: StandIn?
  /// The control group directories made for this lab, one per hierarchy; empty for loopback labs.
  var controlGroups: [String]

  /// The unit that serves on a member.
  var service: String { standIn?.service ?? system }
  var members: [Node] { nodes.filter { $0.role == .member } }
  func node(_ name: String) throws(LabError) -> Node {
    if let node = nodes.first(where: { $0.name == name }) { return node }
    throw LabError(
      "the lab has no node \"\(name)\"",
      help: "its nodes are: \(nodes.map(\.name).joined(separator: ", "))")
  }

  func save(in files: LabFiles) throws {
    try replaceFile(files.record, with: Array("\(json)\n".utf8))
  }

  /// Nil when there is no lab in the directory.
  static func load(from files: LabFiles) throws -> LabRecord? {
    guard fileKind(files.record) != nil else { return nil }
    let value = try? JSONReader.parse(try readFile(files.record, limit: 1 << 20))
    guard let value, let record = LabRecord(value) else {
      throw LabError(
        "\(files.record) is not the record of a lab that this version of belay can read",
        help: "if belay was upgraded, use the version that made the lab for `belay lab down`")
    }
    return record
  }
}

extension LabRecord {
  private var json: String {
    var value: Value.Object = [
      "format": .number(Double(Self.format)), "id": .string(id), "phase": .string(phase.rawValue),
      "kind": .string(kind.rawValue), "system": .string(system), "cluster": .string(cluster),
      "user": .string(user), "port": .number(Double(port)), "network": .string(network),
      "nodes": .array(
        nodes.map {
          ["name": .string($0.name), "address": .string($0.address), "role": .string($0.role.rawValue)]
        }),
      "control_groups": .array(controlGroups.map { .string($0) }),
    ]
    value["stand_in"] = standIn?.value
    return Value.object(value).json()
  }

  private init?(_ value: Value) {
    guard value["format"]?.intValue == Self.format, let id = value["id"]?.stringValue,
      // It becomes part of paths that `down` removes.
      id.utf8.count == 6, id.allSatisfy({ $0.isHexDigit }),
      let phase = value["phase"]?.stringValue.flatMap(Phase.init),
      let kind = value["kind"]?.stringValue.flatMap(LabKind.init), let system = value["system"]?.stringValue,
      let cluster = value["cluster"]?.stringValue, let user = value["user"]?.stringValue,
      let port = value["port"]?.intValue, let network = value["network"]?.stringValue,
      let groups = value["control_groups"]?.arrayValue, let nodes = value["nodes"]?.arrayValue
    else { return nil }
    let standIn = value["stand_in"].flatMap(StandIn.init)
    guard (value["stand_in"] == nil) == (standIn == nil) else { return nil }
    self.init(
      id: id, phase: phase, kind: kind, system: system, cluster: cluster, user: user, port: port,
      network: network, nodes: nodes.compactMap(Node.init), standIn: standIn,
      controlGroups: groups.compactMap(\.stringValue))
    // Every process in these groups is killed: they must be the lab's own.
    guard self.nodes.count == nodes.count, controlGroups.count == groups.count,
      controlGroups.allSatisfy({ $0.hasSuffix("/belay-\(id)") })
    else { return nil }
  }
}

extension LabRecord.Node {
  fileprivate init?(_ value: Value) {
    guard let name = value["name"]?.stringValue, let address = value["address"]?.stringValue,
      let role = value["role"]?.stringValue.flatMap(LabRole.init)
    else { return nil }
    self.init(name: name, address: address, role: role)
  }
}
