import Model
import Testing

extension EndToEndTests {
  /// Every written procedure of the four systems is a runbook, or a part of one that says so.
  @Suite struct CoverageTests {
    private static func numbered(_ system: String, _ range: ClosedRange<Int>) -> [String] {
      range.map { "\(system)\($0)" }
    }

    static let procedures: Set<String> = Set(
      numbered("CF", 0...12) + numbered("FD", 1...4) + numbered("TLS", 1...1) + numbered("PT", 1...5)
        + numbered("MON", 1...4) + numbered("ST", 0...9) + numbered("LG", 1...14))

    private func listing(_ arguments: String...) async throws -> [Value] {
      let listed = try await BelayProgram().run(["runbooks"] + arguments + ["--json"])
      #expect(listed.exit == 0, "\(listed)")
      return try listed.out.split(separator: "\n").map { try JSONReader.parse(Array($0.utf8)) }
    }

    private func covered(_ runbooks: [Value]) -> Set<String> {
      Set(runbooks.flatMap { ($0["covers"]?.arrayValue ?? []).compactMap(\.stringValue) })
    }

    @Test func everyProcedureIsCovered() async throws {
      #expect(Self.procedures.count == 51)
      let runbooks = try await listing()
      #expect(runbooks.allSatisfy { $0["valid"]?.boolValue == true })
      let covered = covered(runbooks)
      #expect(Self.procedures.subtracting(covered).sorted() == [], "these are not covered")
      #expect(covered.subtracting(Self.procedures).sorted() == [], "these are no procedures")
    }

    @Test(arguments: ["chainfire", "flaredb", "stemedb", "ledger"])
    func everySystemCanBeGrownShrunkAndMended(_ system: String) async throws {
      let runbooks = try await listing(system)
      #expect(runbooks.allSatisfy { $0["system"]?.stringValue == system })
      let verbs = Set(runbooks.compactMap { $0["verb"]?.stringValue })
      #expect(verbs.isSuperset(of: ["add-node", "remove-node", "replace-node"]))
      #expect(runbooks.contains { $0["diagnosis"]?.boolValue == true })
    }

    @Test func aProcedureLeadsToItsRunbook() async throws {
      let found = try await listing("CF10")
      #expect(found.contains { $0["name"]?.stringValue == "chainfire/split-brain" })
      #expect(found.allSatisfy { $0["system"]?.stringValue == "chainfire" })
      let unknown = try await BelayProgram().run("runbooks", "CF100")
      #expect(unknown.exit == 2 && unknown.err.contains("did you mean \"CF10\"?"), "\(unknown)")
    }
  }
}
