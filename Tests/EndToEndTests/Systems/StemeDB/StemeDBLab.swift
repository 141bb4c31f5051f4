import Lab
import Platform
import TestSupport
import Testing

extension EndToEndTests {
  /// One lab for all that StemeDB's procedures do to three members and two spares, `n5` of which balances load.
  @Suite(.enabled(if: StandInLab.isPossible, StandInLab.obstacle), StandInLab(system: "stemedb"))
  struct StemeDBTests {}
}

extension LabDescription {
  /// belay with the lab's inventory, in which each first text stands as the second.
  func stemedb(_ changes: (String, String)...) async throws -> BelayProgram {
    var belay = try belay()
    var inventory = try FixtureFiles.read(files.inventory)
    for (old, new) in changes {
      try #require(inventory.contains(old))
      inventory = inventory.replacing(old, with: new)
    }
    let path = belay.scratch.path(of: "inventory.yaml")
    try replaceFile(path, with: Array(inventory.utf8), mode: 0o600)
    belay.inventory = path
    return belay
  }

  /// What the cluster is, and what each node has of its own.
  func stemeDBState() async throws -> String {
    try await withThrowingTaskGroup(of: (String, String).self) { group in
      group.addTask { ("", try await snapshot()) }
      for node in nodes {
        group.addTask { (node.name, "\(node.name) \(try await output(node.name, "standin local"))") }
      }
      var texts: [String: String] = [:]
      for try await (name, text) in group { texts[name] = text }
      return texts.sorted { $0.key < $1.key }.map(\.value).joined()
    }
  }

  /// The requests that change something, as `node: text -> result`.
  func stemeDBChanges() throws -> [StandInCall] {
    try calls().filter {
      $0.text.hasPrefix("POST ") && !$0.text.contains("/query") && !$0.text.contains("/assert")
    }
  }

  /// Waits until `n1` lists the members so.
  func waitForMembers(_ wanted: String) async throws {
    var seen = ""
    for _ in 0..<150 {
      seen = try await output(
        "n1",
        "curl -fsS http://$(hostname -i):18181/cluster/members | jq -c '[.members[] | .id + \" \" + .status]'"
      )
      if seen.contains(wanted) { return }
      try await Task.sleep(for: .milliseconds(200))
    }
    Issue.record("n1 sees \(seen), not \(wanted)")
  }
}
