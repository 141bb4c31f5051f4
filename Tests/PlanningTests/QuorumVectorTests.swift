import Loading
import Model
import Planning
import Testing

/// Known cases of the guards, one JSON object a line in the form that `belay quorum` reads, with a row number
/// and what is expected. Rows 30 to 34 speak of views that do not fit together: AgreementTests. Row 16, two
/// targets in one operation, cannot be asked: EtcdRefusalTests. Row 35, the fencing token, is not built yet.
@Suite struct QuorumVectorTests {
  static let vectors: [Value] = {
    let text = (try? readTextFile(fixturePath("quorum-vectors.jsonl")).text) ?? ""
    return text.split(separator: "\n").compactMap { try? JSONReader.parse(String($0)) }
  }()

  @Test func everyRowThatDataAloneDecidesIsThere() {
    let rows = Self.vectors.compactMap { $0["row"]?.intValue }
    #expect(rows == Array(1...15) + Array(17...29) + [36])
  }

  @Test("guarantee 8: a guard allows only what keeps both quorums", arguments: vectors)
  func vector(_ vector: Value) throws {
    let operation = try #require(GuardedOperation(rawValue: try text("operation", vector)))
    let members = try #require(vector["members"]?.arrayValue).map { member in
      GuardedMember(
        name: try text("name", member), isVoter: member["voter"] == true,
        health: try #require(Health(rawValue: try text("state", member))),
        isLeader: member["leader"] == true)
    }
    let verdict = judge(
      operation, target: try text("target", vector), among: members,
      learnerCaughtUp: vector["learner_caught_up"]?.boolValue)
    let expected = try #require(vector["expect"])
    #expect(verdict.decision.rawValue == expected["verdict"]?.stringValue)
    #expect(verdict.reason.contains(try text("because", expected)), "\(verdict.reason)")
    #expect(verdict.voters == expected["voters"]?.intValue)
    #expect(verdict.healthy == expected["healthy"]?.intValue)
    #expect(verdict.quorumBefore == expected["quorum_before"]?.intValue)
    if let after = expected["quorum_after"] { #expect(verdict.quorumAfter == after.intValue) }
    if let margin = expected["margin"] { #expect(verdict.margin == margin.intValue) }
  }

  private func text(_ key: String, _ value: Value) throws -> String { try #require(value[key]?.stringValue) }
}
