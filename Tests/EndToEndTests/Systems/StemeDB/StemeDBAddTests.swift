import Lab
import Testing

extension EndToEndTests.StemeDBTests {
  @Suite struct AddTests {
    @Test(.timeLimit(.minutes(4))) func aFourthNodeNeedsAReasonIsUndoneAndTakesShards() async throws {
      let lab = try StandInLab.lab
      try await lab.reset()
      try await lab.fault(in: "stemedb", "placement shares")
      let belay = try await lab.stemedb(
        ("    system: stemedb", "    system: stemedb\n    vars: { counts: shares }"))
      let before = try await lab.stemeDBState()

      let refused = try await belay.run("add-node", "n4", "--yes")
      #expect(
        refused.exit == 4 && refused.unwrapped.contains("four_nodes: StemeDB supports three nodes"),
        "\(refused)")
      #expect(try lab.stemeDBChanges().isEmpty)

      let why = ["--override", "four_nodes", "--because", "a test", "--yes"]
      let undone = try await belay.run(["add-node", "n4", "--rehearse-failure", "join:after"] + why)
      #expect(undone.exit == 5, "\(undone)")
      #expect(try await lab.stemeDBState() == before)
      let removals = try lab.stemeDBChanges()
      #expect(removals.contains { $0.result.hasPrefix("202") })
      #expect(removals.allSatisfy { $0.text.contains("/admin/cluster/remove") && $0.node != "n4" })

      // Gossip is slow to show it, and then in doubt of it for a while.
      try await lab.fault(in: "stemedb", "gossip-slow 2")
      try await lab.fault(in: "stemedb", "flap node4 5")
      let added = try await belay.run(["add-node", "n4", "--set", "probe=false"] + why)
      #expect(added.exit == 0, "\(added)")
      try await rebalance(lab, belay)
    }

    private func rebalance(_ lab: LabDescription, _ belay: BelayProgram) async throws {
      let before = try await lab.snapshot()
      try await lab.fault(in: "stemedb", "shard-fail")
      let asked = try lab.stemeDBChanges().count
      let failed = try await belay.run("rebalance", "n4", "--yes")
      #expect(failed.exit == 5 && failed.says("did not move: failed"), "\(failed)")
      #expect(try lab.stemeDBChanges().count == asked + 1, "no further shard is moved")
      #expect(try await lab.snapshot() == before)

      try await lab.heal()
      try await lab.fault(in: "stemedb", "shard-stuck")
      let stuck = try await belay.run("rebalance", "n4", "--yes", "--set", "patience=2")
      #expect(stuck.exit == 6 && stuck.says("is still on its way"), "\(stuck)")
      #expect(try lab.stemeDBChanges().count == asked + 2)

      try await lab.heal()
      try await Task.sleep(for: .seconds(1))
      let moved = try await belay.run("rebalance", "n4", "--yes")
      #expect(moved.exit == 0, "\(moved)")
      let shards = try await lab.output("n1", "curl -fsS http://$(hostname -i):18181/cluster/shards")
      #expect(shards.components(of: "\"node4\"") >= 5, "\(shards)")
    }
  }
}

extension String {
  /// How often it holds a text.
  fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
