import Model
import Platform
import TestSupport
import Testing

/// A run that waits for a person, as its users see it.
@Suite struct ApproveTests {
  private func belay() throws -> BelayProgram {
    let belay = try BelayProgram()
    _ = try belay.scratch.write(
      """
      runbook: two
      summary: Write two lines.
      steps:
        one:
          act: Write one
          at: controller
          run: echo one >> marks; echo that was one
          rollback: { run: echo undone >> marks }
        go:
          approve: Go on with two?
          within: 30s
        two:
          act: Write two
          at: controller
          run: echo two >> marks
          rollback: { run: "true" }
      """, to: "two.yaml")
    return belay
  }

  private func marks(_ belay: BelayProgram) -> [String] {
    let bytes = (try? readFile(belay.scratch.path(of: "marks"), limit: 100)) ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func withoutATerminalTheRunStopsAndSaysHowToGoOn() async throws {
    let belay = try belay()
    let stopped = try await belay.run("run", "./two.yaml", "--yes")
    #expect(stopped.exit == 7, "\(stopped)")
    #expect(stopped.err.contains("--approve go") && stopped.err.contains("that was one"), "\(stopped)")
    #expect(marks(belay) == ["one"])
    #expect(try await belay.run("runs").out.contains("waits for a person at go"))
    let unknown = try await belay.run("resume", "last", "--approve", "goo")
    #expect(unknown.exit == 2 && unknown.err.contains("did you mean go"), "\(unknown)")
    let done = try await belay.run("resume", "last", "--approve", "go")
    #expect(done.exit == 0, "\(done)")
    #expect(marks(belay) == ["one", "two"])
    let answer = try #require(try belay.records("answered").first?["data"])
    #expect(answer["approved"] == true && answer["by"]?.stringValue == Host.userName)
  }

  @Test(arguments: [(["--approve", "go"], 0, ["one", "two"]), (["--deny", "go"], 5, ["one", "undone"])])
  func itCanBeAnsweredAhead(flags: [String], exit: Int, marks wanted: [String]) async throws {
    let belay = try belay()
    let result = try await belay.run(["run", "./two.yaml", "--yes"] + flags)
    #expect(result.exit == exit, "\(result)")
    #expect(marks(belay) == wanted)
  }

  @Test(arguments: [("perhaps\nyes", 0, ["one", "two"]), ("no", 5, ["one", "undone"])])
  func atATerminalAPersonIsAsked(typed: String, exit: Int, marks wanted: [String]) async throws {
    let belay = try belay()
    let result = try await belay.atTerminal(["run", "./two.yaml", "--yes"], typing: typed)
    #expect(result.exit == exit && result.out.contains("Approve go? Type yes or no:"), "\(result)")
    #expect(result.out.contains("that was one") && marks(belay) == wanted, "\(result)")
  }

  @Test func nobodyInTimeIsANo() async throws {
    let belay = try belay()
    let text = String(decoding: try readFile(belay.scratch.path(of: "two.yaml"), limit: 9999), as: UTF8.self)
    _ = try belay.scratch.write(text.replacing("30s", with: "200ms"), to: "two.yaml")
    // A terminal at which nothing is typed.
    let result = try await Subprocess(
      "sh", ["-c", "sleep 3 | script -qec '\(BelayProgram.path) run ./two.yaml --yes' /dev/null"],
      environment: belay.environment, directory: belay.scratch.path, timeout: .seconds(15)
    ).run()
    #expect(result.stdout.text.contains("there was no answer within"), "\(result)")
    #expect(marks(belay) == ["one", "undone"])
  }
}
