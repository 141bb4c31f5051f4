import Lab
import Testing

extension EndToEndTests.FlareDB {
  /// Settings of stores and of PD: PT4, PT5, FD3, FD4 and the alerts.
  @Suite struct TuningTests {
    @Test(.timeLimit(.minutes(6))) func aProfileGoesFromStoreToStoreOrNotAtAll() async throws {
      let (lab, belay) = try await flareDB()
      let tuned = try await belay.run("tune", "--set", "profile=ingest", "--yes")
      #expect(tuned.exit == 0, "\(tuned)")
      #expect(try lab.flareDBChanges().suffix(3).map { $0.prefix(2) } == ["n1", "n2", "n3"])
      let settings = try await lab.output("n3", "grep -A4 storage /etc/centra-cloud/flaredb.toml")
      #expect(
        settings.contains("write_buffer_size = 268435456\nmax_write_buffer_number = 6\n"), "\(settings)")

      // A second table of that name, as appending makes one, is refused before anything is stopped.
      _ = try await lab.output("n2", "printf '\\n[storage]\\n' >>/etc/centra-cloud/flaredb.toml")
      let doubled = try await belay.run("tune", "--set", "profile=throttle", "--yes")
      #expect(
        doubled.exit == 4 && doubled.tells("cannot be edited") || doubled.tells("storage"), "\(doubled)")
      #expect(try lab.flareDBChanges().count == 3 + 3, "nothing was stopped")
    }

    @Test(.timeLimit(.minutes(6))) func regionsMoveAgainOrTheLimitsAreAsBefore() async throws {
      let (lab, belay) = try await flareDB()
      try await lab.break_("scheduler-off")
      let found = try await belay.run("diagnose", "flaredb/rebalancing", "--json")
      #expect(found.exit == 4, "\(found)")
      for finding in ["held", "switched_off", "pending", "uneven"] {
        #expect(found.out.contains("\"\(finding)\""), "\(finding): \(found)")
      }
      let moved = try await belay.run("rebalance", "--yes")
      #expect(moved.exit == 0, "\(moved)")
      #expect(try await belay.run("diagnose", "flaredb/rebalancing").exit == 0)
      let posts = try lab.flareDBChanges().filter { $0.contains("POST") }
      #expect(posts.count == 2, "limits and scheduler: \(posts)")
    }

    @Test(.timeLimit(.minutes(6))) func theAlertsAreCheckedAndFire() async throws {
      let (lab, belay) = try await flareDB()
      let installed = try await belay.run("run", "flaredb/alerts", "--set", "node=n4", "--yes")
      #expect(installed.exit == 0, "\(installed)")
      _ = try await lab.output("n4", "rm -r /etc/prometheus/rules")
    }
  }
}
