import Lab
import Testing

extension EndToEndTests.ChainfireTests {
  @Suite struct TableTests {
    @Test(
      .timeLimit(.minutes(5)),
      arguments: ChainfireTable.members + ChainfireTable.data + ChainfireTable.profiles)
    func endsAsTheTableSays(_ procedure: Procedure) async throws {
      try await ProcedureRehearsal(procedure, on: .chainfire)
    }
  }
}

extension ProcedureStage {
  static let chainfire = ProcedureStage(
    begin: { try await $0.chainfire() },
    state: { try await $0.chainfireState().joined() },
    names: { lab, belay in
      let leader = try await lab.chainfireLeader()
      let others = lab.members.map(\.name).filter { $0 != leader }
      return [
        "leader": leader, "leading": String(leader.dropFirst()), "follower": others[0], "other": others[1],
      ]
    })
}
