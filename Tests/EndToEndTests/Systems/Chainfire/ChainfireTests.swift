import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests {
  /// Chainfire as a stand-in plays it: three members, two spares, one lab for all, reset before each test.
  @Suite(.enabled(if: StandInLab.isPossible, StandInLab.obstacle), StandInLab(system: "chainfire"))
  struct ChainfireTests {}

  /// The same with TLS between all of them.
  @Suite(
    .enabled(if: StandInLab.isPossible, StandInLab.obstacle),
    StandInLab(system: "chainfire", spares: 1, settings: ["speed": "20", "profile": "tls"]))
  struct ChainfireTLSTests {}
}

extension LabDescription {
  /// A fresh start, and belay beside it.
  func chainfire() async throws -> BelayProgram {
    try await reset()
    return try belay()
  }

  /// Everything that a run may touch, of all nodes.
  func chainfireState() async throws -> [String] {
    try await withThrowingTaskGroup(of: String.self) { group in
      for node in nodes { group.addTask { try await output(node.name, "standin snapshot") } }
      return try await group.reduce(into: []) { $0.append($1) }.sorted()
    }
  }

  /// Calls that change the membership, in their order.
  func chainfireChanges() throws -> [StandInCall] {
    try calls().filter {
      $0.text.contains(" member-add ") || $0.text.contains(" member-promote ")
        || $0.text.contains(" member-remove ")
    }
  }

  func chainfireMembers(askedOf name: String = "n2") async throws -> [String] {
    try await output(name, "chainfire-client --endpoint http://127.0.0.1:2379 member-list")
      .split(separator: "\n").map(String.init)
  }

  /// The name of the node that leads.
  func chainfireLeader(askedOf name: String = "n2", over scheme: String = "http") async throws -> String {
    let address = scheme == "http" ? "127.0.0.1" : try node(name).address
    let status = try await output(name, "chainfire-client --endpoint \(scheme)://\(address):2379 status")
    let number = try #require(status.split(separator: "\n").first?.split(separator: " ").last)
    return "n\(number)"
  }

  func standIn(_ node: String, _ words: String) async throws {
    _ = try await output(node, "standin \(words)")
  }
}
