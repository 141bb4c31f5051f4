import Lab
import Platform
import Testing

extension EndToEndTests.FlareDB {
  @Suite struct TableTests {
    @Test(.timeLimit(.minutes(10)), arguments: ROWS(FlareDBTable.stores + FlareDBTable.settings))
    func endsAsTheTableSays(_ procedure: Procedure) async throws {
      try await ProcedureRehearsal(procedure, on: .flareDB)
    }
  }
}

extension EndToEndTests.FlareDBAsItIs {
  @Suite struct TableTests {
    @Test(.timeLimit(.minutes(10)), arguments: ROWS(FlareDBTable.certificates))
    func endsAsTheTableSays(_ procedure: Procedure) async throws {
      try await ProcedureRehearsal(procedure, on: .flareDBWithTLS)
    }
  }
}

extension EndToEndTests.CoverageTests {
  @Test func flareDBIsShownUnderFaults() async throws {
    try await expectComplete(
      FlareDBTable.stores + FlareDBTable.settings + FlareDBTable.certificates, of: "flaredb")
  }
}

extension ProcedureStage {
  static let flareDB = ProcedureStage(
    begin: { lab in
      try await lab.reset()
      _ = try await lab.output("n1", "cp /etc/centra-cloud/flaredb.toml /srv/standin/first.toml")
      return try lab.belay()
    },
    state: { try await $0.flareDBState() })

  static let flareDBWithTLS = ProcedureStage(
    begin: { lab in
      try await lab.reset()
      return try lab.belay()
    },
    state: { try await $0.flareDBState() },
    names: { lab, _ in
      let made = Path.join(lab.files.shared, "made")
      if fileKind(made) == nil {
        _ = try await lab.output(
          "n1",
          """
          cd /srv/standin && standin certificates made/same && standin certificates made/new new &&
          standin certificates made/expiring same 1 && cp -r made/same made/swapped && cd made/swapped &&
          for end in crt key; do mv flaredb-n1.$end kept && mv flaredb-n2.$end flaredb-n1.$end && mv kept flaredb-n2.$end; done
          """)
      }
      return Dictionary(
        uniqueKeysWithValues: ["same", "new", "expiring", "swapped"].map { ($0, Path.join(made, $0)) })
    })
}
