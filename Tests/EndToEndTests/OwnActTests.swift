import Lab
import Model
import Platform
import TestSupport
import Testing

/// Acts that bring their own undo, on machines with a real systemd and real disks.
extension EndToEndTests.OnOneLab {
  @Suite struct OwnActTests {
    private static let tune = """
      runbook: etcd/tune
      summary: Change a setting of a member that is stopped meanwhile.
      verb: tune
      inputs: { node: { type: node } }
      steps:
        stop:
          act: Stop it
          at: ${node}
          effect: { stop: "${node}" }
          service: { name: etcd, state: stopped, enabled: false }
        tune:
          act: Give it more time
          at: ${node}
          file: { path: "${node.env_file}", format: env, set: { ETCD_HEARTBEAT_INTERVAL: 150 } }
        start:
          act: Start it
          at: ${node}
          effect: { start: "${node}" }
          service: { name: etcd, state: started, enabled: true }
        healthy:
          verify: All of them serve
          expect: $cluster.healthy
          within: 30s

      """

    private static let clear = """
      runbook: etcd/clear
      summary: Empty a directory of a node that is no member.
      verb: clear
      inputs: { node: { type: node } }
      steps:
        wipe:
          act: Empty it
          at: ${node}
          wipe: { path: /var/lib/etcd/old, service: etcd, archive: /var/backups/belay }

      """

    /// What the runs below may touch on a node.
    private func state(_ lab: LabDescription, _ node: String) async throws -> String {
      try await lab.output(
        node,
        """
        stat -c '%n %a %U:%G' /etc/default/etcd; cat /etc/default/etcd; ls /etc/default
        systemctl is-active etcd; systemctl is-enabled etcd
        ls -lR --time-style=+ /var/lib/etcd/old 2>/dev/null; ls /var/lib/belay/kept 2>/dev/null; true
        """)
    }

    @Test(.timeLimit(.minutes(2))) func aStoppedServiceRunsAgainWithItsOldSettings() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let failing = Self.tune + "  never:\n    verify: It never holds\n    at: ${node}\n    run: \"false\"\n"
      _ = try belay.scratch.write(failing, to: "runbooks/etcd/tune.yaml")
      let members = try await lab.memberList()
      let before = try await state(lab, "n3")

      let result = try await belay.run("tune", "n3", "--yes")
      #expect(result.exit == 5, "\(result)")
      #expect(result.err.contains("now: etcd is active, enabled"), "\(result)")
      #expect(result.err.contains("+ ETCD_HEARTBEAT_INTERVAL=150"), "\(result)")
      #expect(result.err.contains("failed and rolled back: never"), "\(result)")
      #expect(result.err.contains("undone    start, then tune, then stop"), "\(result)")
      #expect(try await lab.memberList() == members)
      #expect(try await state(lab, "n3") == before)
      #expect(try await belay.run("journal", "verify", "last").exit == 0)
    }

    @Test(.timeLimit(.minutes(2))) func aServiceIsTuned() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      _ = try belay.scratch.write(Self.tune, to: "runbooks/etcd/tune.yaml")
      let before = try await state(lab, "n3")
      let file = try await lab.configuration(of: "n3")

      let result = try await belay.run("tune", "n3", "--yes")
      #expect(result.exit == 0, "\(result)")
      #expect(try await lab.configuration(of: "n3") == file.replacing("INTERVAL=100", with: "INTERVAL=150"))
      let again = try await belay.run("plan", "tune", "n3")
      #expect(again.says("now: etcd is active, enabled; nothing to do"), "\(again)")

      let undo = Self.tune.replacing(
        "HEARTBEAT_INTERVAL: 150", with: "HEARTBEAT_INTERVAL: 100")
      _ = try belay.scratch.write(undo, to: "runbooks/etcd/tune.yaml")
      let back = try await belay.run("tune", "n3", "--yes")
      #expect(back.exit == 0, "\(back)")
      #expect(try await state(lab, "n3") == before)
    }

    @Test(.timeLimit(.minutes(2))) func onlyAStrangerIsWiped() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      _ = try belay.scratch.write(Self.clear, to: "runbooks/etcd/clear.yaml")
      for node in ["n3", "n5"] {
        _ = try await lab.output(
          node,
          "mkdir -p /var/lib/etcd/old/member; echo data > /var/lib/etcd/old/member/.wal; chown -R etcd /var/lib/etcd/old"
        )
      }
      let member = try await state(lab, "n3")
      let stranger = try await state(lab, "n5")

      let refused = try await belay.run("clear", "n3", "--yes")
      #expect(refused.exit == 4 && refused.says("a member's data is not wiped"), "\(refused)")
      #expect(try await state(lab, "n3") == member)

      let rehearsed = try await belay.run("clear", "n5", "--yes", "--rehearse-failure", "wipe:after")
      #expect(rehearsed.exit == 5, "\(rehearsed)")
      #expect(try await state(lab, "n5") == stranger)

      let wiped = try await belay.run("clear", "n5", "--yes")
      #expect(wiped.exit == 0, "\(wiped)")
      let left = try await lab.output(
        "n5", "ls -A /var/lib/etcd/old; stat -c %U /var/lib/etcd/old; tar -tf /var/backups/belay/*.tar | sort"
      )
      #expect(left == "etcd\n./\n./member/\n./member/.wal\n")
      _ = try await lab.output("n3", "rm -rf /var/lib/etcd/old")
      _ = try await lab.output("n5", "rm -rf /var/lib/etcd/old /var/backups/belay")
    }
  }
}
