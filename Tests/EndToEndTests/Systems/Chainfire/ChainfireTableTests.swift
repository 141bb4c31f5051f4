import Glibc
import Lab
import Testing

extension EndToEndTests.ChainfireTests {
  @Suite struct TableTests {
    @Test(
      .timeLimit(.minutes(5)),
      arguments: ROWS(ChainfireTable.members + ChainfireTable.data + ChainfireTable.profiles))
    func endsAsTheTableSays(_ procedure: Procedure) async throws {
      try await ProcedureRehearsal(procedure, on: .chainfire)
    }
  }
}

extension EndToEndTests.ChainfireTLSTests {
  @Suite struct TableTests {
    @Test(.timeLimit(.minutes(10)), arguments: ROWS(ChainfireTable.certificates))
    func endsAsTheTableSays(_ procedure: Procedure) async throws {
      try await ProcedureRehearsal(procedure, on: .chainfireWithTLS)
    }
  }
}

extension EndToEndTests.CoverageTests {
  @Test func chainfireIsShownUnderFaults() async throws {
    try await expectComplete(
      ChainfireTable.members + ChainfireTable.data + ChainfireTable.profiles + ChainfireTable.certificates,
      of: "chainfire")
  }
}

extension ProcedureStage {
  static let chainfire = ProcedureStage(
    begin: { try await $0.chainfire() },
    state: { try await $0.chainfireState().joined() },
    names: { lab, _ in try await names(lab) })

  static let chainfireWithTLS = ProcedureStage(
    begin: { try await $0.chainfire() },
    state: { try await $0.chainfireState().joined() },
    names: { lab, _ in
      try await names(lab, "https").merging(ChainfireTable.certificates(for: lab)) { $1 }
    })

  private static func names(_ lab: LabDescription, _ scheme: String = "http") async throws -> [String: String]
  {
    let leader = try await lab.chainfireLeader(over: scheme)
    let others = lab.members.map(\.name).filter { $0 != leader }
    return [
      "leader": leader, "leading": String(leader.dropFirst()), "follower": others[0], "other": others[1],
    ]
  }
}

func ROWS(_ rows: [Procedure]) -> [Procedure] {
  guard let only = unsafe getenv("ROWS") else { return rows }
  let names = unsafe String(cString: only).split(separator: ",")
  return rows.filter { row in names.contains { row.testDescription.contains($0) } }
}
