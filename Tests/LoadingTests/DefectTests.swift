import Loading
import Model
import Testing

/// The documents' own commands, put into runbooks unchanged.
@Suite struct DefectTests {
  private func found(in name: String) throws -> [Diagnostic] {
    let file = try fixture("defects/\(name)")
    return name.hasSuffix(".inventory.yaml")
      ? loadInventory([file], home: nil).diagnostics
      : loadRunbook(
        file, name: nil,
        templates: { _ throws(FileProblem) in throw FileProblem("no-such-template", "none") }
      ).diagnostics
  }

  @Test func everyDefectIsAccountedFor() {
    #expect(Defect.all.map(\.number) == Array(1...25))
    for defect in Defect.all { #expect(!defect.caught.isEmpty || defect.onlyARun != nil, "\(defect.number)") }
  }

  @Test(arguments: Defect.all.map(\.number))
  func whatCanBeKnownIsCaughtAtItsLine(_ number: Int) throws {
    let defect = try #require(Defect.all.first { $0.number == number })
    for expected in defect.caught {
      let lines = try found(in: expected.file).filter { $0.code == expected.rule }.map { $0.location?.line }
      #expect(lines.contains(expected.line), "\(expected.file) \(expected.rule): \(lines)")
    }
  }

  /// Everything that is said about the documents, to be read: each of it must be right.
  @Test func nothingElseIsSaidWithoutBeingRead() throws {
    for name in fixtureNames(in: "defects") {
      let lines = try found(in: name.split(separator: "/").last.map(String.init) ?? name).map {
        "\($0.location?.line ?? 0):\($0.location?.column ?? 0) \($0.severity.rawValue) \($0.code): \($0.message)\n"
      }
      try expectGolden(lines.joined(), name)
    }
  }
}
