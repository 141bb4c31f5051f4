import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests.OnOneLab {
  /// What is wrong with the nodes, their keys or the disk, on real nodes.
  @Suite struct BadClusterInputTests {
    private func withOwnFiles(_ lab: LabDescription) throws -> (
      BelayProgram, inventory: String, knownHosts: String
    ) {
      var belay = try lab.belay()
      let inventory = String(decoding: try readFile(lab.files.inventory, limit: 1 << 20), as: UTF8.self)
      let knownHosts = String(decoding: try readFile(lab.files.knownHosts, limit: 1 << 20), as: UTF8.self)
      let path = try belay.scratch.write(knownHosts, to: "known_hosts")
      let own = inventory.replacing(lab.files.knownHosts, with: path)
      belay.inventory = try belay.scratch.write(own, to: "inventory.yaml")
      return (belay, own, knownHosts)
    }

    /// How often sshd on n1 let somebody in, and how often somebody tried.
    private func logins(_ lab: LabDescription) async throws -> Int {
      let log = try await lab.output(
        "n1", "journalctl -u ssh --no-pager -o cat | grep -c 'Accepted publickey'")
      return Int(log.prefix { $0.isNumber }) ?? -1
    }

    @Test(.timeLimit(.minutes(1))) func aWrongKeyOpensNothing() async throws {
      let lab = try EtcdLab.lab
      let (belay, inventory, _) = try withOwnFiles(lab)
      let key = belay.scratch.path(of: "id_wrong")
      try FixtureProcess.run(["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
      _ = try belay.scratch.write(inventory.replacing(lab.files.identity, with: key), to: "inventory.yaml")
      let result = try await belay.run("add-node", "n4", "--yes")
      #expect(result.exit == 10, "\(result)")
      #expect(result.err.contains("no node could be reached; nothing was touched"), "\(result)")
      #expect(result.err.contains(key), "it should name the key that was refused: \(result)")
    }

    @Test(.timeLimit(.minutes(1))) func unknownAndChangedHostKeysAreRefusedBeforeAuthentication() async throws
    {
      let lab = try EtcdLab.lab
      let (belay, _, knownHosts) = try withOwnFiles(lab)
      let before = try await logins(lab)
      _ = try belay.scratch.write("", to: "known_hosts")
      let unknown = try await belay.run("add-node", "n4", "--yes")
      #expect(unknown.exit == 10, "\(unknown)")
      #expect(unknown.says("known_hosts") && unknown.says("ssh-keyscan"), "what to do is missing: \(unknown)")

      let lines = knownHosts.split(separator: "\n").map { $0.split(separator: " ") }
      let keys = lines.map { $0[2] }
      let swapped = lines.enumerated().map { index, line in
        "\(line[0]) \(line[1]) \(keys[(index + 1) % keys.count])\n"
      }
      _ = try belay.scratch.write(swapped.joined(), to: "known_hosts")
      let changed = try await belay.run("add-node", "n4", "--yes")
      #expect(changed.exit == 10, "\(changed)")
      #expect(
        changed.says("changed") || changed.says("differ") || changed.says("another host key"), "\(changed)")
      // Asking was a login of its own.
      #expect(try await logins(lab) == before + 1)
    }

    @Test(.timeLimit(.minutes(1))) func nobodyThereIsSaidNodeByNode() async throws {
      let lab = try EtcdLab.lab
      let (belay, inventory, _) = try withOwnFiles(lab)
      _ = try belay.scratch.write(
        inventory.replacing("  user: root", with: "  user: root\n  port: 9"), to: "inventory.yaml")
      let result = try await belay.run("plan", "add-node", "n4")
      #expect(result.exit == 10, "\(result)")
      for name in ["n1", "n2", "n3"] { #expect(result.err.contains("\(name): "), "\(result)") }
      #expect(result.err.contains("refused"), "\(result)")
    }

    /// There is no room for what the first act will have to record, so that it is refused.
    @Test(.timeLimit(.minutes(1)), arguments: [64, 512]) func aFullDiskUnderTheJournalStopsBeforeTheNextAct(
      kilobytes: Int
    ) async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let members = try await lab.memberList()
      let node = try await lab.spareState("n4")
      try makeDirectory(belay.home)
      // In a mount namespace of its own, so that the disk goes when the process does.
      let script = "mount -t tmpfs -o size=\(kilobytes)k none \"$1\" && shift && exec \"$@\""
      let result = try await Subprocess(
        "unshare",
        ["--mount", "sh", "-c", script, "sh", belay.home, BelayProgram.path, "add-node", "n4", "--yes"],
        environment: belay.environment, directory: belay.scratch.path
      ).run()
      #expect(result.exit == .status(4), "\(result.exit) \(result.stderr.text)")
      #expect(result.stderr.text.contains("space"), "\(result.stderr.text)")
      #expect(!result.stderr.text.contains("act    "), "\(result.stderr.text)")
      #expect(try await lab.memberList() == members)
      #expect(try await lab.spareState("n4") == node)
    }

    @Test(.timeLimit(.minutes(1))) func anyFlippedByteOfAJournalIsFound() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let run = try await belay.run("add-node", "n4", "--yes", "--rehearse-failure", "configure:after")
      #expect(run.exit == 5, "\(run)")
      let path = try belay.newestJournal()
      let bytes = try readFile(path, limit: 64 << 20)
      #expect(try await belay.run("journal", "verify", path).exit == 0)
      for sample in 0..<50 {
        // Spread over the whole journal, the first and the last byte among them.
        let position = sample * (bytes.count - 1) / 49
        var spoiled = bytes
        spoiled[position] ^= 1 << UInt8(sample % 8)
        let copy = try belay.scratch.write(spoiled, to: "spoiled.jsonl")
        let verified = try await belay.run("journal", "verify", copy)
        #expect(verified.exit == 11, "byte \(position) of \(bytes.count): \(verified)")
      }
    }
  }
}
