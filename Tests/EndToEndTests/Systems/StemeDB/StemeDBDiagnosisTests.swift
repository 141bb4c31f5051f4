import Lab
import Testing

extension EndToEndTests.StemeDBTests {
  /// ST0, ST6, ST9: what is wrong, or soon will be, is found with evidence and the command that mends it.
  @Suite struct DiagnosisTests {
    @Test(.timeLimit(.minutes(3))) func whatIsWrongIsFound() async throws {
      let lab = try StandInLab.lab
      try await lab.reset()
      let belay = try await lab.stemedb()
      let well = try await belay.run("diagnose", "lab", "--set", "cpu_limit=100%")
      #expect(!well.says("critical "), "\(well)")

      for fault in ["slow", "metrics lag", "sole-copy node2", "lose-writes node3", "writes 20"] {
        try await lab.fault(in: "stemedb", fault)
      }
      _ = try await lab.output("n1", "sed -i '/^seeds/a \"10.0.0.9:18183\",' /etc/stemedb/cluster.toml")
      _ = try await lab.output("n3", "sed -i s/0.1.0/0.2.0/ /usr/local/bin/stemedb-api")
      let override = "/run/systemd/system/stemedb-api.service.d"
      _ = try await lab.output(
        "n4",
        "mkdir -p \(override); printf '[Service]\\nUser=root\\nExecStart=\\nExecStart=/bin/sleep 300\\n' "
          + "> \(override)/a.conf; systemctl daemon-reload; systemctl start stemedb-api")
      _ = try await lab.output(
        "n5", "echo 'upstream a { server 10.0.0.9:1; }' > /etc/nginx/conf.d/stemedb.conf; sleep 1")
      let ill = try await belay.run(
        "diagnose", "lab", "--set", "disk_limit=0%", "--set", "cpu_limit=0%")
      _ = try await lab.output(
        "n4", "systemctl stop stemedb-api; rm -r \(override); systemctl daemon-reload")
      #expect(ill.exit == 4, "\(ill)")
      for text in [
        "critical sole_copies: n2 has the only serving copy of some shards",
        "warning counts_differ: n3 does not have all of the assertions",
        "warning behind: node2 is behind the others", "seen  12.", "warning slow: queries on n1 take long",
        "seen  one in a hundred takes 2.5 s or more", "warning disk_full: the disk of n1 is nearly full",
        "warning cpu_busy: the processors of n2 are busy", "warning mixed_versions:",
        "seen  n3: stemedb-api 0.2.0", "warning dead_seed: n1 would ask 10.0.0.9:18183",
        "warning stray: StemeDB runs on n4, which is no member",
        "mend  ssh n4 systemctl disable --now stemedb-api",
        "warning balancer_stale: the load balancer on n5 does not send to exactly the members",
        "mend  belay load-balancer n5",
      ] {
        #expect(ill.says(text), "\(text) is missing in \(ill)")
      }
    }

    /// One-way, too: a partition names the pair. Nothing is removed while it lasts, and who is silent is not well.
    @Test(.timeLimit(.minutes(3))) func aPartitionNamesThePair() async throws {
      let lab = try StandInLab.lab
      try await lab.reset()
      let belay = try await lab.stemedb()
      try await lab.fault(in: "stemedb", "metrics absent")
      try await lab.fault("n2", "drop-from", "n1")
      try await Task.sleep(for: .milliseconds(2500))
      let cut = try await belay.run("diagnose", "lab")
      #expect(cut.exit == 4, "\(cut)")
      #expect(cut.says("critical partition: n2 does not hear node1, which serves"), "\(cut)")
      #expect(cut.says("warning lag_unknown: nobody says how far n1 is behind"), "\(cut)")
      let refused = try await belay.run("remove-node", "n3", "--yes")
      #expect(refused.exit == 4 && refused.unwrapped.contains("others_serve"), "\(refused)")
      try await lab.fault("n2", "accept-all")

      try await lab.fault(in: "stemedb", "answer node2 /cluster/members stale")
      let split = try await belay.run("diagnose", "lab")
      #expect(split.exit == 4 && split.says("critical not_agreed:"), "\(split)")
      try await lab.heal()
      try await lab.fault(in: "stemedb", "crash node3 1")
      try await lab.waitForMembers("node3 DOWN")
      let down = try await belay.run("diagnose", "lab")
      #expect(down.says("critical member_down: n3 is a member and does not serve"), "\(down)")
      #expect(down.says("mend  belay replace-node n3 --with n4"), "\(down)")
      #expect(down.says("info complaints: the server of n3 has complained in the last hour"), "\(down)")
      #expect(down.says("fatal: assertion failed: segment header"), "\(down)")
      try await lab.reset()
    }
  }
}
