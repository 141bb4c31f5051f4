import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests.ChainfireTests {
  /// CF10, CF12: what happens to data, always with a copy kept.
  @Suite struct DataTests {
    @Test(.timeLimit(.minutes(4))) func damagedDataIsRepairedOrRestoredOrFetchedAnew() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      try await lab.standIn("n2", "fault corrupt minor")
      let found = try await belay.run("diagnose", "chainfire/inconsistent")
      #expect(found.exit == 4 && found.says("belay repair n2"), "\(found)")
      let repaired = try await belay.run("repair", "n2", "--yes")
      #expect(repaired.exit == 0, "\(repaired)")

      try await lab.standIn("n2", "fault corrupt major")
      let hopeless = try await belay.run("repair", "n2", "--yes")
      #expect(hopeless.exit == 5 && hopeless.says("belay restore n2"), "\(hopeless)")
      let restored = try await belay.run("restore", "n2", "--yes")
      #expect(restored.exit == 0, "\(restored)")
      #expect(try await lab.output("n2", "stat -c %U /var/lib/chainfire/raft.json") == "chainfire\n")

      try await lab.standIn("n2", "fault corrupt major")
      _ = try await lab.output(
        "n2", "sed -i 's/^bootstrap = false/bootstrap = true/' /etc/centra-cloud/chainfire.toml")
      let rejoined = try await belay.run("rejoin", "n2", "--set", "settle=0", "--yes")
      #expect(rejoined.exit == 0, "\(rejoined)")
      let changes = try lab.chainfireChanges().map(\.text)
      #expect(changes.count == 3, "\(changes)")
      #expect(changes[0].contains("member-remove") && changes[1].hasSuffix("--learner"), "\(changes)")
      #expect(try await lab.chainfireMembers(askedOf: "n1").filter { $0.hasSuffix("=false") }.count == 3)
    }

    @Test(.timeLimit(.minutes(4))) func aSplitBrainEndsWithTheMemberThatIsAhead() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      try await lab.standIn("n3", "fault own-cluster")
      try await lab.settled("n3", leads: "3")
      let found = try await belay.run("diagnose", "chainfire/diagnose")
      #expect(found.exit == 4 && found.says("belay split-brain n3 --set losers=n1,n2"), "\(found)")
      // Nobody may be added or removed meanwhile.
      let meanwhile = try await belay.run("remove-node", "n1", "--set", "settle=0", "--yes")
      #expect(meanwhile.exit == 4, "\(meanwhile)")

      let phrase = "discard what only n1,n2 have written and keep n3"
      let ended = try await belay.run(
        "split-brain", "n3", "--set", "losers=n1,n2", "--yes", "--confirm", phrase)
      #expect(ended.exit == 0, "\(ended)")
      for node in ["n1", "n2", "n3"] {
        #expect(try await lab.output(node, "ls /var/backups/chainfire").contains("split-brain-"), "\(node)")
      }
      let joined = try await belay.run("add-node", "n1", "--yes")
      #expect(joined.exit == 0, "\(joined)")
      #expect(try await lab.chainfireMembers(askedOf: "n1").count == 2)
    }
  }
}

extension LabDescription {
  /// Returns once a node names its leader so.
  func settled(_ node: String, leads leader: String) async throws {
    _ = try await output(
      node,
      "timeout 20 sh -c 'until chainfire-client --endpoint http://127.0.0.1:2379 status | grep -qx \"leader: \(leader)\"; do sleep 0.2; done'"
    )
  }
}
