import Lab
import Platform
import TestSupport
import Testing

extension EndToEndTests.StemeDBTests {
  /// What stands around the cluster: load balancers, and a cloud that is played by a recording `aws`.
  @Suite struct EdgeTests {
    @Test(.timeLimit(.minutes(3))) func theLoadBalancerSendsToTheMembers() async throws {
      let lab = try StandInLab.lab
      try await lab.reset()
      let belay = try await lab.stemedb()
      let before = try await lab.output("n5", "standin local")
      let undone = try await belay.run("load-balancer", "n5", "--yes", "--rehearse-failure", "reload:after")
      #expect(undone.exit == 5, "\(undone)")
      #expect(try await lab.output("n5", "standin local") == before)

      let done = try await belay.run("load-balancer", "n5", "--yes")
      #expect(done.exit == 0, "\(done)")
      #expect(
        try await lab.output("n5", "nginx -t 2>&1 && grep -c 'max_fails=3' /etc/nginx/conf.d/stemedb.conf")
          .contains("3\n"))

      // One that nginx does not load never reaches the running one.
      _ = try await lab.output(
        "n5", "echo 'server { listen 443 ssl; ssl_certificate /nowhere; }' > /etc/nginx/conf.d/bad.conf")
      let refused = try await belay.run("load-balancer", "n5", "--yes")
      #expect(refused.exit == 4 && refused.says("/nowhere"), "\(refused)")
      _ = try await lab.output("n5", "rm /etc/nginx/conf.d/bad.conf")

      let envoy = try await belay.run("load-balancer", "n5", "--yes", "--set", "kind=envoy")
      #expect(envoy.exit == 0, "\(envoy)")
      #expect(try lab.calls().contains { $0.text.hasPrefix("envoy --mode validate") && $0.result == "OK" })
    }

    @Test(.timeLimit(.minutes(3))) func rulesAndInstancesAreMadeAndTakenBack() async throws {
      let lab = try StandInLab.lab
      try await lab.reset()
      var belay = try await lab.stemedb()
      let tools = belay.scratch.path(of: "tools")
      try makeDirectory(tools)
      let script = Path.join(BelayProgram.packageRoot, "lab/standins/stemedb.py")
      #expect(try await Subprocess("ln", ["-s", script, Path.join(tools, "aws")]).run().isSuccess)
      belay.variables = [
        "PATH": "\(tools):/usr/local/bin:/usr/bin:/bin", "STANDIN_SHARED": lab.files.shared,
      ]
      let before = try await lab.snapshot()
      let groups = ["--set", "group=sg-0001", "--set", "balancer_group=sg-0002"]
      let undone = try await belay.run(["firewall", "--yes", "--rehearse-failure", "clients:after"] + groups)
      #expect(undone.exit == 5, "\(undone)")
      #expect(try await lab.snapshot() == before)
      let done = try await belay.run(["firewall", "--yes"] + groups)
      #expect(done.exit == 0, "\(done)")
      let again = try await belay.run(["firewall", "--yes"] + groups)
      #expect(again.exit == 0, "rules that are there are left alone: \(again)")
      let asked = try lab.calls().filter { $0.text.contains("-security-group-ingress") }.map(\.text)
      #expect(
        asked.count == 9 && asked[3].contains("revoke") && asked[3].contains(asked[2].suffix(60)), "\(asked)")

      let opened = try await lab.snapshot()
      let words = [
        "--yes", "--set", "name=claims-4", "--set", "image=ami-1", "--set", "subnet=subnet-1", "--set",
        "group=sg-0001",
      ]
      let gone = try await belay.run(["provision", "--rehearse-failure", "launch:after"] + words)
      #expect(gone.exit == 5, "\(gone)")
      #expect(try await lab.snapshot() == opened)
      let made = try await belay.run(["provision"] + words)
      #expect(made.exit == 0, "\(made)")
      let twice = try await belay.run(["provision"] + words)
      #expect(twice.exit == 4, "\(twice)")
    }
  }
}
