import Loading
import Model
import Testing

@testable import CLI

@Suite struct SchemaCommandTests {
  private func run(_ words: [String]) async throws -> ExitCode {
    let session = Session(noColor: true)
    return try await Command.schema.run(
      Arguments(words, flags: Command.schema.flags, command: "schema"), session)
  }

  @Test func everyFormatItNamesHasASchema() async throws {
    let formats = Command.schema.usage.split(separator: "|").map(String.init)
    #expect(formats == ["runbook", "system", "inventory", "plan", "journal"])
    for format in formats {
      #expect(try #require(try Command.jsonSchema(of: format))["$schema"] != nil, "\(format)")
    }
    #expect(try Command.jsonSchema(of: "colour") == nil)
  }

  @Test(arguments: [
    ([], "needs one format"), (["runbok"], "did you mean \"runbook\"?"),
    (["plan", "journal"], "needs one format"),
  ])
  func refusesWhatIsNoFormat(words: [String], says: String) async throws {
    let error = await #expect(throws: UsageError.self) { try await run(words) }
    #expect(error?.message.contains(says) == true)
  }

  /// A runbook's verb is typed where commands are: none may hide one.
  @Test func noVerbHidesACommand() {
    for command in Command.all {
      let text =
        "runbook: x\nsummary: x\nverb: \(command.name)\nsteps: { a: { verify: x, expect: 'true' } }\n"
      let loaded = loadRunbook(
        SourceFile(path: "x.yaml", text: text), name: nil,
        templates: { _ throws(FileProblem) in throw FileProblem("no-such-template", "none") })
      #expect(loaded.diagnostics.contains { $0.message.contains("\"verb\"") }, "\(command.name)")
    }
  }
}
