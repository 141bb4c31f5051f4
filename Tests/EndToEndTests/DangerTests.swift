import TestSupport
import Model
import Platform
import Testing

/// What may be lost is named, and typed by the operator, before anything is touched.
@Suite struct DangerTests {
  private let runbook = """
    runbook: erase
    summary: Erase a directory.
    inputs: { name: { type: string, default: orders } }
    steps:
      look:
        diagnose: It is there
        at: controller
        run: "true"
      erase:
        act: Erase the data
        at: controller
        danger: erase the data of ${name}
        run: echo gone >> marks
        rollback: none
        because: nothing brings it back
    """

  private func belay() throws -> BelayProgram {
    let belay = try BelayProgram()
    _ = try belay.scratch.write(runbook, to: "erase.yaml")
    return belay
  }

  private func marks(_ belay: BelayProgram) -> String? {
    (try? readFile(belay.scratch.path(of: "marks"), limit: 100)).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func yesIsNoAnswerAndNothingIsTouched() async throws {
    let belay = try belay()
    let plan = try await belay.run("plan", "./erase.yaml")
    #expect(plan.out.contains("danger: to be confirmed as \"erase the data of orders\""), "\(plan)")
    let refused = try await belay.run("run", "./erase.yaml", "--yes")
    #expect(refused.exit == 4 && refused.err.contains("--confirm \"erase the data of orders\""), "\(refused)")
    let wrong = try await belay.run("run", "./erase.yaml", "--yes", "--confirm", "erase the data of order")
    #expect(wrong.exit == 2 && wrong.err.contains("the phrase is"), "\(wrong)")
    #expect(marks(belay) == nil && belay.journalCount() == 0)
  }

  @Test func thePhraseIsJournaledBeforeTheAct() async throws {
    let belay = try belay()
    let done = try await belay.run("run", "./erase.yaml", "--yes", "--confirm", "erase the data of orders")
    #expect(done.exit == 0, "\(done)")
    #expect(marks(belay) == "gone\n")
    let confirmed = try belay.records("confirmed")
    #expect(confirmed.compactMap { $0["data"]?["phrase"]?.stringValue } == ["erase the data of orders"])
    let number = try #require(confirmed.first?["seq"]?.intValue)
    let intents = try belay.records("intended").compactMap { $0["seq"]?.intValue }
    #expect(intents.allSatisfy { $0 > number })
    #expect(try await belay.run("show", "last").out.contains("erase the data of orders"))
  }

  @Test func aSavedPlanAsksForItToo() async throws {
    let belay = try belay()
    #expect(try await belay.run("plan", "./erase.yaml", "--out", "p").exit == 0)
    #expect(try await belay.run("apply", "p").exit == 4)
    #expect(try await belay.run("apply", "p", "--confirm", "erase the data of orders").exit == 0)
    #expect(marks(belay) == "gone\n")
  }

  @Test(arguments: [("erase the data of orders", 0), ("yes", 4)])
  func aTerminalIsAsked(answer: String, exit: Int) async throws {
    let belay = try belay()
    let result = try await belay.atTerminal(["run", "./erase.yaml", "--yes"], typing: answer)
    #expect(
      result.exit == exit && result.out.contains("To go on, type: erase the data of orders"), "\(result)")
    #expect(marks(belay) == (exit == 0 ? "gone\n" : nil))
  }

  @Test(arguments: [
    ("danger: ''", "bad-value"), ("danger: \"erase ${steps.look.x}\"", "late-danger"),
    ("danger: \"erase ${nam}\"", "unknown-name"),
  ])
  func aPhraseIsCheckedBeforehand(danger: String, code: String) async throws {
    let belay = try belay()
    let text = runbook.replacing("danger: erase the data of ${name}", with: danger)
    _ = try belay.scratch.write(text, to: "erase.yaml")
    let checked = try await belay.run("check", "./erase.yaml")
    #expect(checked.exit == 3 && checked.err.contains("[\(code)]"), "\(checked)")
  }
}

extension BelayProgram {
  /// As at a terminal, with everything typed ahead or after a while.
  func atTerminal(_ words: [String], typing text: String, after wait: Duration = .zero) async throws -> Result
  {
    func quoted(_ words: [String]) -> String {
      words.map { "'\($0.replacing("'", with: #"'\''"#))'" }.joined(separator: " ")
    }
    let typed = "sleep \(wait.inSeconds); cat"
    let script = quoted(["script", "-qec", quoted([Self.path] + words), "/dev/null"])
    let result = try await Subprocess(
      "sh", ["-c", "{ \(typed); } | \(script)"], environment: environment, directory: scratch.path,
      stdin: Array((text + "\n").utf8), outputLimit: 8 << 20, timeout: .seconds(60)
    ).run()
    var exit = -1
    if case .status(let status) = result.exit { exit = Int(status) }
    return Result(exit: exit, out: result.stdout.text, err: result.stderr.text)
  }
}
