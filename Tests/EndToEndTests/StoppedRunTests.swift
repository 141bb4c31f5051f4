import Glibc
import Model
import Platform
import TestSupport
import Testing

/// Runs at the controller alone that are stopped, cut off, halted and undone later, as real processes. Needs no lab.
@Suite(.serialized) struct StoppedRunTests {
  private func belay() throws -> BelayProgram {
    let belay = try BelayProgram()
    func act(_ name: String, _ more: String = "") -> String {
      """
        \(name):
          act: Write \(name)
          at: controller
          run: |
            echo \(name) >> marks
            \(more.isEmpty ? "true" : more)
          rollback: { run: echo undo-\(name) >> marks }

      """
    }
    // It prints more than a pipe holds, and goes on only when the test lets it.
    let slow = """
      head -c 200000 /dev/zero | tr '\\0' x | fold
            touch begun
            for n in $(seq 400); do [ -e go ] && break; sleep 0.05; done
      """
    _ = try belay.scratch.write(
      "runbook: three\nsummary: Write three lines.\nsteps:\n" + act("one") + act("two", slow) + act("three"),
      to: "three.yaml")
    return belay
  }

  private func marks(_ belay: BelayProgram) -> [String] {
    let bytes = (try? readFile(belay.scratch.path(of: "marks"), limit: 1000)) ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private func letGo(_ belay: BelayProgram) throws { _ = try belay.scratch.write("", to: "go") }

  /// A run whose second act is under way.
  private func begin(_ belay: BelayProgram, _ flags: [String] = []) async throws -> RunningBelay {
    let run = try RunningBelay(belay, ["run", "./three.yaml", "--yes"] + flags)
    try await waitFor("begun", belay, run)
    return run
  }

  private func waitFor(_ file: String, _ belay: BelayProgram, _ run: RunningBelay) async throws {
    for _ in 0..<3000 where fileKind(belay.scratch.path(of: file)) == nil {
      try await Task.sleep(for: .milliseconds(20))
    }
    try #require(fileKind(belay.scratch.path(of: file)) != nil, "\(run.output)")
  }

  @Test(.timeLimit(.minutes(2))) func stoppedToBeKeptItGoesOnAndIsUndoneLater() async throws {
    let belay = try belay()
    let run = try await begin(belay, ["--on-interrupt", "keep"])
    run.signal(SIGINT)
    try await run.waitToSay("what was done stays")
    try letGo(belay)
    #expect(try await run.end() == 7, "\(run.output)")
    #expect(run.output.contains("belay resume 2") && run.output.contains("belay rollback 2"), "\(run.output)")
    #expect(marks(belay) == ["one", "two"])

    let refused = try await belay.run("resume", "last", "--settle", "two=done", "--because", "I saw it")
    #expect(refused.exit == 2 && refused.says("how two ended is known"), "\(refused)")
    #expect(try await belay.run("resume", "last").exit == 0)
    #expect(marks(belay) == ["one", "two", "three"])

    let shown = try await belay.run("rollback", "last", "--plan")
    #expect(shown.exit == 0 && shown.out.contains("1. undo three"), "\(shown)")
    let asked = try await belay.run("rollback", "last")
    #expect(asked.exit == 2 && asked.says("no terminal to ask on"), "\(asked)")
    #expect(marks(belay).count == 3, "a plan changes nothing")
    let undone = try await belay.run("rollback", "last", "--yes", "--because", "it was the wrong file")
    #expect(undone.exit == 0 && undone.says("it was the wrong file"), "\(undone)")
    #expect(marks(belay) == ["one", "two", "three", "undo-three", "undo-two", "undo-one"])
    let again = try await belay.run("rollback", "last", "--yes")
    #expect(again.exit == 0 && again.says("nothing to do") && marks(belay).count == 6, "\(again)")
    #expect(try await belay.run("runs", "--owed").out.isEmpty)
    #expect(try await belay.run("journal", "verify", "last").exit == 0)
    #expect(try await belay.run("journal", "tail", "last").exit == 5)
  }

  @Test(.timeLimit(.minutes(1))) func aLineThatHangsUpTwiceIsOneWishToStop() async throws {
    let belay = try belay()
    let run = try await begin(belay)
    run.signal(SIGHUP)
    try await run.waitToSay("once more stops at once")
    run.signal(SIGHUP)
    try letGo(belay)
    #expect(try await run.end() == 5, "\(run.output)")
    #expect(marks(belay) == ["one", "two", "undo-two", "undo-one"])
  }

  @Test(
    "a reader that has gone away, or one that reads no more, neither ends a run nor halts it",
    .timeLimit(.minutes(2)),
    arguments: [
      "sed '/act    one/q' > /dev/null", "for n in $(seq 900); do [ -e code ] && break; sleep 0.1; done",
    ])
  func lostReaders(reader: String) async throws {
    let belay = try belay()
    try letGo(belay)
    let words = "run ./three.yaml --yes --verbose"
    let variables = belay.environment
    _ = try await Subprocess(
      "sh", ["-c", "(\(BelayProgram.path) \(words); echo $? > code) 2>&1 | \(reader)"],
      environment: variables,
      directory: belay.scratch.path, timeout: .seconds(110)
    ).run()
    for _ in 0..<500 where fileKind(belay.scratch.path(of: "code")) == nil {
      try await Task.sleep(for: .milliseconds(20))
    }
    let code = (try? readFile(belay.scratch.path(of: "code"), limit: 10)) ?? []
    #expect(String(decoding: code, as: UTF8.self) == "0\n")
    #expect(marks(belay) == ["one", "two", "three"])
  }

  @Test(.timeLimit(.minutes(1))) func aProcessThatWasHaltedGoesOn() async throws {
    let belay = try belay()
    let run = try await begin(belay)
    run.signal(SIGSTOP)
    for command in ["resume", "rollback"] {
      let meddling = try await belay.run([command, "last"] + (command == "rollback" ? ["--yes"] : []))
      #expect(meddling.exit == 8, "\(meddling)")
    }
    try letGo(belay)
    try await Task.sleep(for: .milliseconds(300))
    #expect(marks(belay) == ["one", "two"])
    run.signal(SIGCONT)
    #expect(try await run.end() == 0, "\(run.output)")
    #expect(marks(belay) == ["one", "two", "three"])
  }

  @Test(.timeLimit(.minutes(1))) func whatIsKilledIsUndoneByRollbackToo() async throws {
    let belay = try belay()
    let run = try await begin(belay)
    run.signal(SIGKILL)
    _ = try await run.end()
    let meddling = try await belay.run(
      "rollback", "last", "--yes", "--settle", "three=done", "--because", "x")
    #expect(meddling.exit == 2 && meddling.says("it was never started"), "\(meddling)")
    try letGo(belay)
    // The act goes on without belay; how it ended is asked first.
    let undone = try await belay.run("rollback", "last", "--yes")
    #expect(undone.exit == 0 && undone.says("whether it happened is asked first"), "\(undone)")
    #expect(marks(belay) == ["one", "two", "undo-two", "undo-one"])
  }

  @Test(arguments: [
    (["rollback"], "needs one run"), (["rollback", "last", "--settle", "x"], "no run is recorded"),
    (["run", "./three.yaml", "--yes", "--on-interrupt", "kepe"], "did you mean keep?"),
  ])
  func aWrongCommandLineIsTold(words: [String], text: String) async throws {
    let belay = try belay()
    let result = try await belay.run(words)
    #expect(result.exit == 2 && result.says(text), "\(result)")
    #expect(marks(belay).isEmpty)
  }
}
