import Lab
import Testing

extension EndToEndTests.FlareDB {
  /// Stores that do not register (FD2), and what diagnoses say of a cluster.
  @Suite struct RegistrationTests {
    /// A store started by hand, with the first one's settings but for these.
    private func start(_ lab: LabDescription, id: Int, extra: String = "") async throws {
      let first = try lab.node("n1").address, own = try lab.node("n4").address
      let settings = try await lab.output("n1", "cat /etc/centra-cloud/flaredb.toml")
        .replacing("store_id = 1", with: "store_id = \(id)")
        .replacing("addr = \"\(first):2479\"", with: "addr = \"\(own):2479\"")
      _ = try await lab.output(
        "n4", "cat >/etc/centra-cloud/flaredb.toml <<'END'\n\(settings)\(extra)END\nsystemctl start flaredb")
    }

    private func mend(_ belay: BelayProgram, _ cause: String, _ more: String...) async throws
      -> BelayProgram.Result
    {
      try await belay.run(
        ["run", "flaredb/mend-registration", "--set", "node=n4", "--set", "cause=\(cause)", "--yes"] + more)
    }

    @Test(.timeLimit(.minutes(6))) func aDuplicateGetsItsOwnNumber() async throws {
      let (lab, belay) = try await flareDB()
      try await start(lab, id: 3)
      try await Task.sleep(for: .seconds(1))
      let found = try await belay.run("diagnose", "flaredb/registration")
      #expect(found.exit == 4 && found.tells("store_id=3 is n3"), "\(found)")
      #expect(found.tells("belay run flaredb/mend-registration --set node=n4 --set cause=duplicate-id"))

      let mended = try await mend(belay, "duplicate-id")
      #expect(mended.exit == 0, "\(mended)")
      let stores = try await lab.output("n1", "standin snapshot | grep ^store")
      #expect(stores.contains("store 3 \(try lab.node("n3").address)"), "the older store kept it: \(stores)")
      #expect(stores.contains("store 4 \(try lab.node("n4").address)"), "\(stores)")
    }

    @Test(.timeLimit(.minutes(6))) func aClosedPortIsOpened() async throws {
      let (lab, belay) = try await flareDB()
      try await lab.fault("n1", "drop-from", "n4")
      let refused = try await belay.run("add-node", "n4", "--yes")
      #expect(refused.exit == 4 && refused.tells("reach_pd"), "\(refused)")
      try await start(lab, id: 4)
      let found = try await belay.run("diagnose", "flaredb/registration")
      #expect(found.exit == 4 && found.tells("n4 does not reach PD"), "\(found)")

      // No lab has firewalld: once it is asked, the packets are let through from outside.
      let running = try RunningBelay(
        belay,
        ["run", "flaredb/mend-registration", "--set", "node=n4", "--set", "cause=network", "--yes"])
      try await running.waitToSay("ok     open")
      try await lab.fault("n1", "accept-all")
      #expect(try await running.end() == 0, "\(running.output)")
    }

    @Test(.timeLimit(.minutes(6))) func whatIsWrongIsFoundWithWhatMendsIt() async throws {
      let (lab, belay) = try await flareDB()
      try await start(lab, id: 4, extra: "\n[tls]\ncert_file = \"/x\"\nkey_file = \"/x\"\nca_file = \"/x\"\n")
      let mixed = try await belay.run("diagnose", "flaredb/registration")
      #expect(!mixed.tells("duplicate"), "\(mixed)")
      for fault in [
        "disk n2 95", "pending n3 150", "slow n1 2", "metrics n1 absent",
        "say n2 WARN flaredb_storage: Compaction is slow, duration=30s",
      ] { try await lab.break_(fault) }
      try await Task.sleep(for: .seconds(2))
      let quick = try await belay.run("diagnose", "flaredb/diagnose")
      #expect(quick.exit == 4, "\(quick)")
      for text in ["store_full: n2 is nearly full", "95 % of", "150 pending peers", "not_told"] {
        #expect(quick.tells(text), "\(text): \(quick)")
      }
      let slow = try await belay.run("diagnose", "flaredb/timeouts")
      #expect(slow.tells("a get from n1 takes long"), "\(slow)")
      #expect(
        slow.tells("compactions of n2 are slow") && slow.tells("tune --set profile=throttle"), "\(slow)")
      let metrics = try await belay.run("diagnose", "flaredb/metrics")
      #expect(
        metrics.tells("n1 does not tell its metrics") && metrics.tells("they do not shrink"), "\(metrics)")
      let logs = try await belay.run("diagnose", "flaredb/logs")
      #expect(logs.tells("compactions are slow on n2"), "\(logs)")
    }
  }
}
