import Loading
import Model
import Testing

@Suite struct LintRuleTests {
  @Test func everyRuleHasAnIdentifierOfItsOwn() {
    let ids = LintRule.all.map(\.id)
    #expect(Set(ids).count == ids.count)
    for id in ids { #expect(id.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil, "\(id)") }
  }

  /// The examples that docs/lint.md shows are what the rules are tested with.
  @Test(arguments: LintRule.all.map(\.id))
  func aRuleFiresOnItsExampleAndIsSilentOnTheOther(_ id: String) throws {
    let rule = try #require(LintRule.all.first { $0.id == id })
    let found = diagnostics(of: rule.fires)
    #expect(found.map(\.code).contains(id), "\(found.map { "\($0.code): \($0.message)" })")
    // What the author should write instead is good as a whole, not only in this respect.
    let rest = diagnostics(of: rule.passes)
    #expect(rest == [], "\(rest.map { "\($0.code): \($0.message)" })")
    // And what fires is a runbook that would otherwise load.
    let ids = Set(LintRule.all.map(\.id))
    #expect(found.filter { !ids.contains($0.code) } == [])
  }
}
