import Lab
import Model
import Platform
import Testing

extension EndToEndTests.FlareDBAsItIs {
  /// TLS1, and the other dialect.
  @Suite struct CertificateTests {
    @Test(.timeLimit(.minutes(6))) func aStoreJoinsAndLeavesWithCertificates() async throws {
      let (lab, belay) = try await flareDB()
      let before = try await lab.flareDBState()
      let undone = try await belay.run("add-node", "n4", "--yes", "--rehearse-failure", "probe:before")
      #expect(undone.exit == 5, "\(undone)")
      #expect(
        try lab.flareDBChanges().contains { $0.hasPrefix("n4: DELETE /pd/api/v1/stores/remove-tombstone") })
      try await lab.settles(to: before)

      let added = try await belay.run("add-node", "n4", "--yes")
      #expect(added.exit == 0, "the number is free again: \(added)")
      let removed = try await belay.run("remove-node", "n4", "--yes")
      #expect(removed.exit == 0, "\(removed)")
      let burnt = try await belay.run("add-node", "n4", "--yes")
      #expect(burnt.exit == 4 && burnt.tells("unique"), "a store that left keeps its number: \(burnt)")

      try await lab.break_("pd-answers stale")
      try await Task.sleep(for: .seconds(1))
      let asks = try lab.flareDBChanges().count
      _ = try await lab.output("n3", "systemctl stop flaredb")
      let stale = try await belay.run("restart-node", "n1", "--yes")
      #expect(stale.exit == 4 && stale.tells("n3 unhealthy"), "PD still has n3 as Up: \(stale)")
      #expect(try lab.flareDBChanges().count == asks)
    }

    @Test(.timeLimit(.minutes(6))) func certificatesAreRenewedWithoutAnOutage() async throws {
      let (lab, belay) = try await flareDB()
      _ = try await lab.output("n1", "standin certificates /srv/standin/new new")
      let new = "certs=" + Path.join(lab.files.shared, "new")
      let rotated = try await belay.run(
        "rotate-certs", "--set", new, "--set", "authority=new", "--yes", timeout: .seconds(200))
      #expect(rotated.exit == 0, "\(rotated)")
      let alone = try await belay.run(
        "run", "flaredb/trust", "--set", "authorities=" + Path.join(lab.files.shared, "new/ca.crt"), "--yes")
      #expect(alone.exit == 0, "\(alone)")
      for node in lab.members.map(\.name) {
        let held = try await lab.output(
          node,
          "cd /etc/centra-cloud/certs && openssl x509 -in ca.crt -noout -subject && grep -c BEGIN ca.crt && openssl verify -CAfile ca.crt flaredb-$(hostname).crt && stat -c %a flaredb-$(hostname).key"
        )
        #expect(held.hasPrefix("subject=CN = FlareDB new CA\n1\nflaredb-\(node).crt: OK\n600\n"), "\(held)")
      }

      _ = try await lab.output("n2", "chmod 644 /etc/centra-cloud/certs/flaredb-n2.key")
      let readable = try await belay.run("diagnose", "flaredb/tls")
      #expect(readable.exit == 4 && readable.tells("belay run flaredb/cert-permissions"), "\(readable)")
      let closed = try await belay.run("run", "flaredb/cert-permissions", "--yes")
      #expect(closed.exit == 0, "\(closed)")
    }

    @Test(.timeLimit(.minutes(6))) func expiredCertificatesAreReplacedAtOnce() async throws {
      let (lab, belay) = try await flareDB()
      // Another CA's certificate on every store: nobody trusts anybody.
      _ = try await lab.output(
        "n1", "standin certificates /srv/standin/lost new; standin certificates /srv/standin/found new")
      for node in lab.members.map(\.name) {
        _ = try await lab.output(
          node,
          "cp /srv/standin/lost/flaredb-\(node).* /etc/centra-cloud/certs/; systemctl restart flaredb")
      }
      try await Task.sleep(for: .seconds(4))
      let found = try await belay.run("diagnose", "flaredb/tls")
      #expect(found.exit == 4 && found.tells("signed by another CA than the one it trusts"), "\(found)")
      let refused = try await belay.run("restart-node", "n1", "--yes")
      #expect(refused.exit == 4, "\(refused)")
      let mended = try await belay.run(
        "run", "flaredb/reissue-certs", "--set", "stores=n1,n2,n3", "--set",
        "certs=" + Path.join(lab.files.shared, "found"), "--yes", "--approve", "outage")
      #expect(mended.exit == 0, "\(mended)")
      #expect(try await lab.output("n2", "standin ready && echo serves") == "serves\n")
    }
  }
}
