import Lab
import Testing

extension EndToEndTests.FlareDB {
  /// Stores come, take another's place and go (FD1, and the removal of FD3).
  @Suite struct MembershipTests {
    @Test(.timeLimit(.minutes(6))) func aStoreJoinsIsReplacedAndLeaves() async throws {
      let (lab, belay) = try await flareDB()
      let added = try await belay.run("add-node", "n4", "--yes")
      #expect(added.exit == 0, "\(added)")
      let calls = try lab.calls().map { "\($0.node): \($0.text)" }
      let started = try #require(calls.firstIndex { $0.hasPrefix("n4: flaredb-server") })
      let put = try #require(calls.firstIndex { $0.contains("n4: flaredb-client") && $0.contains(" put ") })
      let get = try #require(calls.firstIndex { !$0.hasPrefix("n4") && $0.contains(" get belay-probe") })
      let deleted = try #require(calls.firstIndex { $0.contains(" delete belay-probe") })
      #expect([started, put, get, deleted] == [started, put, get, deleted].sorted(), "\(calls)")
      #expect(!calls.contains { $0.contains("DELETE ") }, "nobody was asked to go: \(calls)")

      let replaced = try await belay.run("replace-node", "n4", "--with", "n5", "--yes")
      #expect(replaced.exit == 0, "\(replaced)")
      let changes = try lab.flareDBChanges()
      let came = try #require(changes.firstIndex { $0.hasPrefix("n5: flaredb-server") })
      let went = try #require(changes.firstIndex { $0.contains("DELETE /pd/api/v1/store/4") })
      #expect(came < went, "the new store comes first: \(changes)")
      #expect(changes.count { $0.contains("DELETE ") } == 1, "\(changes)")
      #expect(try await lab.output("n4", "systemctl is-active flaredb; ls /var/lib").hasPrefix("inactive\n"))
      let stores = try await lab.output("n1", "standin snapshot | grep ^store")
      #expect(stores.contains("store 5 ") && !stores.contains("store 4 "), "\(stores)")

      let removed = try await belay.run("remove-node", "n5", "--yes")
      #expect(removed.exit == 0, "\(removed)")
      #expect(try await lab.output("n5", "systemctl is-active flaredb; true") == "inactive\n")
      #expect(try await belay.run("journal", "verify", "last").exit == 0)
    }

    @Test(.timeLimit(.minutes(6))) func whatWouldCostDataIsRefusedBeforeThePDIsAsked() async throws {
      let (lab, belay) = try await flareDB()
      let tooFew = try await belay.run("remove-node", "n3", "--yes")
      #expect(tooFew.exit == 4, "\(tooFew)")
      #expect(tooFew.tells("enough_stores") && tooFew.tells("2 up without it, 3 replicas"), "\(tooFew)")

      // The restart of one store is another matter: two of three copies stay.
      try await lab.break_("pending n2 7")
      _ = try await lab.output(  // PD tells the store with one of its next heartbeats
        "n2",
        "timeout 10 sh -c 'until curl -s http://$(hostname -I | cut -d\" \" -f1):2480/metrics | grep -q \"pending_peers.* 7\"; do sleep 0.1; done'"
      )
      let unsettled = try await belay.run("plan", "restart-node", "n1")
      #expect(unsettled.exit == 4 && unsettled.tells("n2: 7 pending"), "\(unsettled)")
      try await lab.break_("metrics n2 refused")
      try await lab.break_("pending n2 0")
      let unknown = try await belay.run("plan", "restart-node", "n1")
      #expect(unknown.exit == 4 && unknown.tells("n2: unknown pending"), "\(unknown)")
      try await lab.heal()

      let restarted = try await belay.run("restart-node", "n1", "--yes")
      #expect(restarted.exit == 0, "\(restarted)")
      // The stores that the reset started come first.
      #expect(
        try lab.flareDBChanges().dropFirst(3) == [
          "n1: flaredb-server --config /etc/centra-cloud/flaredb.toml"
        ])
    }

    @Test(.timeLimit(.minutes(6))) func aDeadStoreIsReplaced() async throws {
      let (lab, belay) = try await flareDB()
      try await lab.fault("n3", "stop-host")
      let replaced = try await belay.run("replace-node", "n3", "--with", "n4", "--yes")
      #expect(replaced.exit == 0, "\(replaced)")
      #expect(replaced.err.contains("skip   leave.quiet") || !replaced.err.contains("act    leave.quiet"))
      let stores = try await lab.output("n1", "standin snapshot | grep ^store")
      #expect(stores.contains("store 4 ") && !stores.contains("store 3 "), "\(stores)")
      try await lab.fault("n3", "start-host")
    }
  }
}
