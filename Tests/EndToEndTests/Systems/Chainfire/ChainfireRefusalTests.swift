import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests.ChainfireTests {
  /// What is answered badly, or not as it must be, changes nothing.
  @Suite struct RefusalTests {
    /// Two of three answer so: what they say is unknown, and no guard takes it for healthy.
    @Test(
      .timeLimit(.minutes(2)),
      arguments: [
        ("garbage", "status says"), ("half", "raft_te"), ("html", "<!DOCTYPE html>"),
        ("error", "server answered 500"),
        ("empty", "\"nothing\""), ("yesterday", "of 1 voters could be asked"),
      ])
    func unreadableAnswersAreNamed(kind: String, says: String) async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      try await lab.standIn("n1", "fault answers \(kind)")
      let refused = try await belay.run("remove-node", "n3", "--yes")
      let said = (refused.out + refused.err).split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect([4, 10].contains(refused.exit) && said.contains(says), "\(kind): \(refused)")
      #expect(!refused.says("\u{1b}[2J"), "\(refused)")
      #expect(try lab.chainfireChanges().isEmpty)
    }

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
