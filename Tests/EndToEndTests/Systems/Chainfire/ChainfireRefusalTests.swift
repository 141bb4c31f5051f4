import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests.ChainfireTests {
  /// What cannot be right changes nothing.
  @Suite struct RefusalTests {
    @Test(.timeLimit(.minutes(2))) func aTakenNumberIsNoticedBefore() async throws {
      let lab = try StandInLab.lab
      var belay = try await lab.chainfire()
      let inventory = String(decoding: try readFile(lab.files.inventory, limit: 1 << 20), as: UTF8.self)
      belay.inventory = try belay.scratch.write(
        inventory.replacing("{\"node_id\":4}", with: "{\"node_id\":3}"), to: "inventory.yaml")
      let refused = try await belay.run("add-node", "n4", "--yes")
      #expect(refused.exit == 4 && refused.says("unique"), "\(refused)")
      let there = try await belay.run("add-node", "n3", "--yes")
      #expect([2, 4].contains(there.exit) && there.says("member"), "\(there)")
      #expect(try lab.chainfireChanges().isEmpty)
    }
  }
}
