import Lab
import Testing

extension EndToEndTests.OnLedger {
  @Suite struct TableTests {
    @Test(
      .timeLimit(.minutes(5)),
      arguments: LedgerTable.members + LedgerTable.leadership + LedgerTable.scale + LedgerTable.recovery)
    func endsAsTheTableSays(_ procedure: Procedure) async throws {
      try await ProcedureRehearsal(procedure, on: .ledger("documented"))
    }

    @Test(.timeLimit(.minutes(5)), arguments: LedgerTable.actual)
    func endsSoOnTheServerAsItIs(_ procedure: Procedure) async throws {
      try await ProcedureRehearsal(procedure, on: .ledger("actual"))
    }

    @Test(.timeLimit(.minutes(5)), arguments: LedgerTable.kubernetes)
    func endsSoOnKubernetes(_ procedure: Procedure) async throws {
      var stage = ProcedureStage.ledger("documented", dialect: "kubernetes")
      // A volume outlives its pod.
      let whole = stage.state
      stage.state = { lab in
        try await whole(lab).replacing(
          #/"(data|node_id|peers|settings)": (true|false|null|"([^"\\]|\\.)*"),? ?/#, with: "")
      }
      try await ProcedureRehearsal(procedure, on: stage)
    }

    @Test(.timeLimit(.minutes(1))) func everythingThatChangesSomethingIsInTheTable() async throws {
      try await expectComplete(
        LedgerTable.members + LedgerTable.leadership + LedgerTable.scale + LedgerTable.recovery
          + LedgerTable.actual + LedgerTable.kubernetes, of: "ledger")
    }
  }
}

extension ProcedureStage {
  static func ledger(_ profile: String, dialect: String? = nil) -> ProcedureStage {
    ProcedureStage(
      begin: { _ in try await LedgerLab(profile, dialect: dialect).belay },
      state: { try await $0.snapshot() },
      names: { lab, belay in
        let leader = try lab.ledgerLeader()
        let others = lab.members.map(\.name).filter { $0 != leader }
        return ["leader": leader, "follower": others[0], "other": others[1]]
      })
  }
}
