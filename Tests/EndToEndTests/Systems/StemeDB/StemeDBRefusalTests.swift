import Lab
import Testing

extension EndToEndTests.StemeDBTests {
  /// What must not happen, does not: nothing is asked of the servers but what they know.
  @Suite struct RefusalTests {
    /// A member that answers nonsense is not healthy, and nobody may leave while one is not.
    @Test(
      .timeLimit(.minutes(2)),
      arguments: ["garbage", "half", "html", "500", "empty", "close", "stale"])
    func nonsenseIsUnknown(kind: String) async throws {
      let lab = try StandInLab.lab
      try await lab.heal()
      try await lab.fault(in: "stemedb", "answer node2 /cluster/members \(kind)")
      let asked = try lab.stemeDBChanges().count
      let belay = try await lab.stemedb()
      let refused = try await belay.run("remove-node", "n3", "--yes")
      #expect(refused.exit == 4, "\(kind): \(refused)")
      let reason = kind == "stale" ? "the views differ" : "others_serve"
      #expect(refused.unwrapped.contains(reason), "\(kind): \(refused)")
      if kind == "html" {
        let found = try await belay.run("diagnose", "lab")
        #expect(found.exit == 4 && found.says("n2 is a member and does not serve"), "\(found)")
      }
      #expect(try lab.stemeDBChanges().count == asked)
      try await lab.heal()
    }

    @Test(.timeLimit(.minutes(2))) func theOnlyCopyStays() async throws {
      let lab = try StandInLab.lab
      try await lab.reset()
      try await lab.fault(in: "stemedb", "sole-copy node2")
      let belay = try await lab.stemedb()
      let refused = try await belay.run("remove-node", "n2", "--yes")
      #expect(
        refused.exit == 4 && refused.unwrapped.contains("sole_copy: n2 may hold the only copy"), "\(refused)")
      #expect(refused.unwrapped.contains("1 shards have no other copy"), "\(refused)")

      // Past the guard, the server of a cluster whose member is dead refuses by itself.
      try await lab.fault("n2", "kill-service")
      try await lab.waitForMembers("node2 DOWN")
      let answered = try await belay.run(
        "remove-node", "n2", "--yes", "--override", "sole_copy", "--because", "a test")
      #expect(answered.exit == 5 && answered.says("sole copy of 1 shards would be lost"), "\(answered)")
      try await lab.waitForMembers("node2 DOWN")
    }

    @Test(.timeLimit(.minutes(2))) func anIdentifierInUseIsFoundBefore() async throws {
      let lab = try StandInLab.lab
      try await lab.reset()
      let belay = try await lab.stemedb(("\"node_id\":\"node4\"", "\"node_id\":\"node3\""))
      let refused = try await belay.run(
        "add-node", "n4", "--yes", "--override", "four_nodes", "--because", "a test")
      #expect(refused.exit == 4 && refused.says("before.unique"), "\(refused)")
      #expect(try lab.stemeDBChanges().isEmpty)
    }

    /// No metric is not a small one.
    @Test(.timeLimit(.minutes(2)), arguments: ["absent", "nan"])
    func withoutMetricsTheLagIsUnknown(kind: String) async throws {
      let lab = try StandInLab.lab
      try await lab.heal()
      try await lab.fault(in: "stemedb", "metrics \(kind)")
      let belay = try await lab.stemedb()
      let failed = try await belay.run(
        "validate", "n2", "--yes", "--set", "patience=1s", "--set", "probe=false")
      #expect(failed.exit == 4 && failed.says("lag"), "\(kind): \(failed)")
      try await lab.heal()
    }
  }
}
