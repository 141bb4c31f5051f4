import Glibc
import Platform
import Testing

@Suite struct SubprocessTests {
  @Test func capturesBothStreamsAndTheStatus() async throws {
    let result = try await Subprocess.shell("echo out; echo err >&2; exit 3").run()
    #expect(result.exit == .status(3))
    #expect(result.stdout.text == "out\n")
    #expect(result.stderr.text == "err\n")
  }

  @Test func passesArgumentsWithoutAShell() async throws {
    let result = try await Subprocess("printf", ["%s|", "a b", "$HOME", "", "x;y"]).run()
    #expect(result.stdout.text == "a b|$HOME||x;y|")
  }

  @Test func feedsALargeInputAndBoundsALargeOutput() async throws {
    let input = [UInt8](repeating: UInt8(ascii: "x"), count: 3_000_000)
    let result = try await Subprocess("cat", stdin: input, outputLimit: 1000).run()
    #expect(result.stdout.total == 3_000_000)
    #expect(result.stdout.bytes == [UInt8](input[..<1000]))
    #expect(result.stdout.isTruncated)
  }

  @Test func survivesAProgramThatDoesNotReadItsInput() async throws {
    let input = [UInt8](repeating: 0, count: 1_000_000)
    let result = try await Subprocess("true", stdin: input).run()
    #expect(result.isSuccess)
  }

  @Test func replacesTheEnvironmentAndTheDirectory() async throws {
    let result = try await Subprocess(
      "sh", ["-c", "pwd; env | grep -c ^ONLY="], environment: ["ONLY": "1"], directory: "/usr"
    ).run()
    #expect(result.stdout.text == "/usr\n1\n")
  }

  @Test func saysThatAProgramIsMissing() async {
    await #expect(throws: SubprocessFailure(program: "/no/such", act: "start it", code: ENOENT)) {
      try await Subprocess("/no/such").run()
    }
    await #expect(throws: SubprocessFailure(program: "true", act: "start it in /no/such", code: ENOENT)) {
      try await Subprocess("true", directory: "/no/such").run()
    }
  }

  @Test func reportsADeathBySignal() async throws {
    #expect(try await Subprocess.shell("kill -KILL $$").run().exit == .signal(SIGKILL))
  }

  @Test func aTimeOutEndsTheWholeGroup() async throws {
    let start = ContinuousClock.now
    let result = try await Subprocess.shell(
      "trap '' TERM; sleep 600 & echo $!; wait; sleep 600", timeout: .milliseconds(200)
    ).run()
    #expect(result.exit == .timedOut)
    #expect(ContinuousClock.now - start < .seconds(5))
    let child = try #require(result.stdout.text.split(separator: "\n").first)
    // A zombie is dead enough: when it is reaped is up to this machine's process 1.
    let state = try await Subprocess("cat", ["/proc/\(child)/stat"]).run().stdout.text
    #expect(state.isEmpty || state.contains(") Z "))
  }

  @Test func aDaemonLeftBehindDoesNotHoldTheResult() async throws {
    let start = ContinuousClock.now
    let result = try await Subprocess.shell("sleep 3 & echo done").run()
    #expect(result.stdout.text == "done\n")
    #expect(ContinuousClock.now - start < .seconds(2))
  }

  @Test func cancellingTheTaskEndsTheProgram() async throws {
    let task = Task { try await Subprocess("sleep", ["600"]).run() }
    try await Task.sleep(for: .milliseconds(50))
    task.cancel()
    #expect(try await task.value.exit == .cancelled)
  }

  @Test func manyRunAtOnceWithoutBlockingEachOther() async throws {
    let start = ContinuousClock.now
    try await withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<24 {
        group.addTask { try await Subprocess.shell("sleep 0.5; echo \(number)").run().stdout.text }
      }
      var seen: Set<String> = []
      for try await text in group { seen.insert(text) }
      #expect(seen.count == 24)
    }
    #expect(ContinuousClock.now - start < .seconds(4))
  }

  @Test func aDetachedProgramLeadsItsOwnSessionAndLogs() async throws {
    let log = "/tmp/belay-subprocess-\(getpid()).log"
    defer { unsafe unlink(log) }
    let pid = try Subprocess("sh", ["-c", "echo hello; exec sleep 600"]).spawnDetached(log: log)
    #expect(getsid(pid) == pid)
    #expect(await eventually { (try? await Subprocess("cat", [log]).run().stdout.text) == "hello\n" })
    kill(pid, SIGKILL)
    // Reaped, not left as a zombie, since kill(0) would still find one.
    #expect(await eventually { kill(pid, 0) != 0 })
  }
}

/// Polls for at most five seconds.
private func eventually(_ condition: () async -> Bool) async -> Bool {
  for _ in 0..<250 {
    if await condition() { return true }
    try? await Task.sleep(for: .milliseconds(20))
  }
  return false
}
