import Lab
import Platform
import TestSupport
import Testing

extension EndToEndTests.StemeDBTests {
  @Suite struct TableTests {
    @Test(.timeLimit(.minutes(5)), arguments: StemeDBTable.members + StemeDBTable.data)
    func endsAsTheTableSays(_ procedure: Procedure) async throws {
      try await ProcedureRehearsal(procedure, on: .stemedb)
    }

    @Test(.timeLimit(.minutes(5)), arguments: StemeDBTable.actual)
    func theNewerRoutesAreSpokenToo(_ procedure: Procedure) async throws {
      var stage = ProcedureStage.stemedb
      stage.begin = { lab in
        try await lab.reset()
        try await lab.fault(in: "stemedb", "profile actual")
        return try await lab.stemedb(("    system: stemedb", "    system: stemedb\n    dialect: actual"))
      }
      try await ProcedureRehearsal(procedure, on: stage)
    }

    @Test(.timeLimit(.minutes(5)), arguments: StemeDBEdgeTable.balancer + StemeDBEdgeTable.cloud)
    func theEdgeEndsAsTheTableSays(_ procedure: Procedure) async throws {
      var stage = ProcedureStage.stemedb
      stage.begin = { lab in
        try await lab.reset()
        var belay = try await lab.stemedb()
        let tools = belay.scratch.path(of: "tools")
        try makeDirectory(tools)
        let script = Path.join(BelayProgram.packageRoot, "lab/standins/stemedb.py")
        #expect(try await Subprocess("ln", ["-s", script, Path.join(tools, "aws")]).run().isSuccess)
        belay.variables = [
          "PATH": "\(tools):/usr/local/bin:/usr/bin:/bin", "STANDIN_SHARED": lab.files.shared,
        ]
        return belay
      }
      try await ProcedureRehearsal(procedure, on: stage)
    }

    @Test(.timeLimit(.minutes(1))) func everythingThatChangesSomethingIsInTheTable() async throws {
      try await expectComplete(
        StemeDBTable.members + StemeDBTable.data + StemeDBTable.actual + StemeDBEdgeTable.balancer
          + StemeDBEdgeTable.cloud + StemeDBEdgeTable.bootstrap, of: "stemedb")
    }
  }
}

extension ProcedureStage {
  static let stemedb = ProcedureStage(
    begin: { lab in
      try await lab.reset()
      return try await lab.stemedb()
    },
    state: { try await $0.stemeDBState() })
}
