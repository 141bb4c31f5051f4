import Loading
import Model
import Planning
import Testing

@testable import CLI

/// `--override GUARD --because …`: which guards an operator may go past.
@Suite struct OverrideTests {
  private func overrides(_ words: [String]) throws -> [GuardOverride] {
    let loaded = loadSystem(
      SourceFile(
        path: "system.yaml",
        text: """
          system: mini
          summary: s
          observe: { ask: { view: { run: x, parse: json } }, view: .view, identify: $member.name == $node.name }
          guards:
            copies: { on: stop, require: $cluster.healthy, because: x }
            sole: { on: remove, require: $cluster.healthy, because: x, overridable: false }
          """))
    return try Workspace.overrides(
      of: loaded.value,
      try Arguments(words, flags: Command.run.flags, command: "run"))
  }

  @Test func aReasonIsTaken() throws {
    #expect(try overrides([]) == [])
    #expect(
      try overrides(["--override", "copies", "--because", " it\n burns "])
        == [GuardOverride(guardName: "copies", because: "it burns")])
  }

  @Test(
    "what is not the operator's to override",
    arguments: [
      (["--override", "sole", "--because", "x"], "cannot be overridden"),
      (["--override", "copis", "--because", "x"], "no guard \"copis\" can be overridden"),
      (["--override", "quorum", "--because", "x"], "no guard \"quorum\""),
      (["--override", "copies"], "needs --because"),
      (["--override", "copies", "--because", " "], "needs --because"),
      (["--because", "x"], "goes with --override"),
    ])
  func refused(_ words: [String], _ reason: String) {
    #expect {
      try overrides(words)
    } throws: { error in
      "\((error as? Stop)?.message ?? "\(error)")".contains(reason)
    }
  }
}
