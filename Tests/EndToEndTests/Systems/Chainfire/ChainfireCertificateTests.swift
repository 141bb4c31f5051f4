import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests.ChainfireTLSTests {
  /// TLS1, CF2: certificates are made, handed out one member after the other, and looked at.
  @Suite struct CertificateTests {
    /// The authority of the lab, and a new one, as files of this machine.
    private func authorities(_ lab: LabDescription, _ belay: BelayProgram) throws -> (
      old: String, new: String
    ) {
      let new = belay.scratch.path(of: "new-ca")
      try makeDirectory(new)
      try FixtureProcess.run([
        "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout",
        "\(new)/ca.key", "-out", "\(new)/ca.crt", "-days", "400", "-subj", "/CN=new-ca",
      ])
      return (Path.join(lab.files.shared, "ca"), new)
    }

    private func make(_ out: String, of authority: String, trusting old: String?, with belay: BelayProgram)
      async throws
    {
      var words: [String] = ["run", "chainfire/make-certs", "--yes"]
      words += ["--set", "nodes=n1,n2,n3,n4", "--set", "out=\(out)"]
      words += ["--set", "ca=\(authority)/ca.crt", "--set", "ca_key=\(authority)/ca.key"]
      if let old { words += ["--set", "trusted=\(old)/ca.crt"] }
      let made = try await belay.run(words)
      #expect(made.exit == 0, "\(made)")
    }

    @Test(.timeLimit(.minutes(5))) func aNewAuthorityIsTrustedBeforeItIsUsed() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      let (old, new) = try authorities(lab, belay)
      let well = try await belay.run("diagnose", "chainfire/tls")
      #expect(well.exit == 0, "\(well)")
      let certificates = belay.scratch.path(of: "certificates")
      try await make(certificates, of: new, trusting: old, with: belay)

      let before = try await lab.chainfireState()
      let wrong = try await belay.run("rotate-certs", "--set", "certs=\(certificates)", "--yes")
      #expect(wrong.exit == 4 && wrong.says("authority=new"), "\(wrong)")
      #expect(try await lab.chainfireState() == before)

      let words = ["rotate-certs", "--set", "certs=\(certificates)", "--set", "authority=new", "--yes"]
      let failed = try await belay.run(
        words + ["--rehearse-failure", "certificates.n2.restart:after"], timeout: .seconds(200))
      #expect(failed.exit == 5, "\(failed)")
      #expect(try await lab.chainfireState() == before)
      let rotated = try await belay.run(words, timeout: .seconds(200))
      #expect(rotated.exit == 0, "\(rotated)")
      let retired = try await belay.run(
        "retire-authority", "--set", "certs=\(certificates)", "--yes", timeout: .seconds(200))
      #expect(retired.exit == 0, "\(retired)")
      for node in lab.members {
        let keys = try await lab.output(
          node.name,
          "cd /etc/centra-cloud/certs && stat -c '%a %U %n' *.key && openssl x509 -in ca.crt -noout -subject")
        let number = node.name.dropFirst()
        #expect(
          keys == "600 chainfire chainfire-node-\(number).key\nsubject=CN = new-ca\n", "only its own: \(keys)"
        )
      }
      let installed = try await belay.run("install-certs", "n4", "--set", "certs=\(certificates)", "--yes")
      #expect(installed.exit == 0, "\(installed)")
      let joined = try await belay.run("add-node", "n4", "--yes")
      #expect(joined.exit == 0, "\(joined)")
    }

    @Test(.timeLimit(.minutes(3))) func aKeyThatAllMayReadIsFoundAndMended() async throws {
      let lab = try StandInLab.lab
      let belay = try await lab.chainfire()
      _ = try await lab.output(
        "n2", "chmod 644 /etc/centra-cloud/certs/chainfire-node-2.key; systemctl restart chainfire")
      let found = try await belay.run("diagnose", "chainfire/tls")
      #expect(found.exit == 4 && found.says("belay fix-certs n2") && found.says("mode 644"), "\(found)")
      let mended = try await belay.run("fix-certs", "n2", "--yes")
      #expect(mended.exit == 0, "\(mended)")
      _ = try await lab.output("n4", "rm -r /etc/centra-cloud/certs")
      let refused = try await belay.run("add-node", "n4", "--yes")
      #expect(refused.exit == 4 && refused.says("install certificates first"), "\(refused)")
    }

    /// MON2: promtool accepts the alerts, and they fire when they should.
    @Test func theAlertsFire() throws {
      let rules = Path.join(BelayProgram.packageRoot, "runbooks/chainfire/templates/alerts.yml")
      let scratch = ScratchDirectory()
      let tests = try scratch.write(
        """
        rule_files: ["\(rules)"]
        evaluation_interval: 30s
        tests:
          - interval: 30s
            input_series:
              - { series: 'chainfire_has_leader{instance="n1"}', values: '0x20' }
              - { series: 'up{job="chainfire",instance="n2"}', values: '1 0x20' }
              - { series: 'chainfire_raft_index{role="leader",instance="n1"}', values: '100x20' }
              - { series: 'chainfire_raft_index{role="follower",instance="n2"}', values: '90x20' }
            alert_rule_test:
              - eval_time: 5m
                alertname: ChainfireNoLeader
                exp_alerts:
                  - exp_labels: { severity: critical }
                    exp_annotations: { summary: Chainfire cluster has no leader, runbook: belay diagnose chainfire/diagnose }
              - eval_time: 1m
                alertname: ChainfireNodeDown
                exp_alerts: []
            promql_expr_test:
              - expr: chainfire:raft_lag
                eval_time: 2m
                exp_samples: [{ labels: 'chainfire:raft_lag{instance="n2",role="follower"}', value: 10 }]

        """, to: "alerts-test.yml")
      try FixtureProcess.run(["/usr/bin/promtool", "check", "rules", rules])
      try FixtureProcess.run(["/usr/bin/promtool", "test", "rules", tests])
    }
  }
}
