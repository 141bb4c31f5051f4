import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests.ChainfireTests {
  /// CF0, CF6–CF9, CF11, PT1–PT3: what is found, and what mends it.
  @Suite struct UpkeepTests {
    @Test(.timeLimit(.minutes(4))) func aProfileIsSetOnOneMemberAfterTheOther() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      let tuned = try await belay.run("tune", "write", "--yes")
      #expect(tuned.exit == 0, "\(tuned)")
      for node in lab.members {
        let text = try await lab.output(node.name, "cat /etc/centra-cloud/chainfire.toml")
        #expect(text.contains("write_buffer_size = 134217728\n"), "\(text)")
        #expect(text.contains("data_dir = \"/var/lib/chainfire\"    # on the fast disk"), "\(text)")
        #expect(text.split(separator: "[storage]").count == 2, "one section: \(text)")
      }
    }

    @Test(.timeLimit(.minutes(3))) func whyANodeCannotJoinIsFoundAndMended() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      _ = try await lab.output(
        "n4",
        """
        mkdir -p /etc/centra-cloud
        printf '%s\\n' '[node]' 'id = 4' 'name = "chainfire-node-4"' '[cluster]' 'id = 1' 'bootstrap = true' \\
          'initial_members = []' '[network]' 'api_addr = "0.0.0.0:2379"' 'raft_addr = "0.0.0.0:2380"' \\
          'gossip_addr = "0.0.0.0:2381"' '[storage]' 'data_dir = "/var/lib/chainfire"' '[raft]' 'role = "voter"' \\
          > /etc/centra-cloud/chainfire.toml
        systemctl start chainfire; standin fault close-port 2380
        timeout 10 sh -c 'until ss -Hltn | grep -q ":2380 "; do sleep 0.1; done'
        """)
      let found = try await belay.run("diagnose", "chainfire/cannot-join")
      #expect(
        found.exit == 4 && found.says("belay unbootstrap n4") && found.says("belay open-ports n4"), "\(found)"
      )
      let opened = try await belay.run("open-ports", "n4", "--yes")
      #expect(opened.exit == 0, "\(opened)")
      let mended = try await belay.run("unbootstrap", "n4", "--yes")
      #expect(mended.exit == 0, "\(mended)")
      let again = try await belay.run("diagnose", "chainfire/cannot-join")
      #expect(!again.says("belay unbootstrap n4") && !again.says("belay open-ports n4"), "\(again)")
    }

    @Test(.timeLimit(.minutes(3))) func stoppedMembersAndBrokenPathsAreNamed() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      try await lab.fault("n1", "drop-from", "n2")
      let cut = try await belay.run("diagnose", "chainfire/diagnose")
      try await lab.fault("n1", "accept-all")
      #expect(cut.exit == 4 && cut.says("n1 does not reach the raft port of n2"), "\(cut)")
      for node in ["n1", "n2"] { _ = try await lab.output(node, "systemctl stop chainfire") }
      let down = try await belay.run("diagnose", "chainfire/diagnose")
      #expect(down.exit == 4 && down.says("too few members run for a majority"), "\(down)")
      let started = try await belay.run("start-members", "n1,n2", "--yes")
      #expect(started.exit == 0, "\(started)")
      let follower = try await lab.chainfireLeader() == "n2" ? "n3" : "n2"
      let restarted = try await belay.run("restart-node", follower, "--yes")
      #expect(restarted.exit == 0, "\(restarted)")
    }

    @Test(.timeLimit(.minutes(3))) func slowDisksAndMissingMetricsAreFoundAndTheRestIsWell() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      let well = try await belay.run("diagnose", "chainfire/diagnose")
      #expect(well.exit == 0, "\(well)")
      let logs = try await belay.run("diagnose", "chainfire/logs")
      #expect([0, 4].contains(logs.exit) && !logs.says("could not be read"), "\(logs)")
      try await lab.standIn("n1", "fault slow-disk n2")
      try await lab.standIn("n3", "fault no-metrics n3")
      _ = try await lab.output("n3", "systemctl restart chainfire")
      let slow = try await belay.run("diagnose", "chainfire/latency")
      #expect(slow.exit == 4 && slow.says("the disk of n2 does not keep up"), "\(slow)")
      #expect(slow.says("belay tune --set profile=disk") && slow.says("97.2 % busy"), "\(slow)")
      #expect(slow.says("n3 tells no metrics, so that its latency is unknown"), "\(slow)")
    }
  }
}
