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

    @Test(.timeLimit(.minutes(2))) func anIdentifierInUseIsFoundBefore() async throws {
      let lab = try StandInLab.lab
      try await lab.reset()
      let belay = try await lab.stemedb(("\"node_id\":\"node4\"", "\"node_id\":\"node3\""))
      let refused = try await belay.run(
        "add-node", "n4", "--yes", "--override", "four_nodes", "--because", "a test")
      #expect(refused.exit == 4 && refused.says("before.unique"), "\(refused)")
      #expect(try lab.stemeDBChanges().isEmpty)
    }
  }
}
