import Model
import SSH
import TestSupport
import Testing
import Transport

extension SSHTests {
  @Suite struct CommandTests {
    @Test func keepsStdoutStderrAndStatusApart() async throws {
      let server = try SSHDFixture()
      let result = try await server.transport().run("echo out; echo err >&2; exit 3")
      #expect(result.exit == .status(3))
      #expect(result.stdout.text == "out\n")
      #expect(result.stderr.text == "err\n")
    }

    @Test func reportsTheSignalThatEndedACommand() async throws {
      let server = try SSHDFixture()
      let result = try await server.transport().run("kill -9 $$")
      #expect(result.exit == .signal("KILL"))
    }

    @Test func keepsTheFirstBytesOfALongOutputAndCountsTheRest() async throws {
      let server = try SSHDFixture()
      let result = try await server.transport().run(
        "head -c 20000000 /dev/zero | tr '\\0' x; head -c 70000 /dev/zero >&2", outputLimit: 1000)
      #expect(result.exit == .status(0))
      #expect(result.stdout.bytes == [UInt8](repeating: UInt8(ascii: "x"), count: 1000))
      #expect(result.stdout.total == 20_000_000)
      #expect(result.stderr.total == 70_000)
      #expect(result.stderr.isTruncated)
    }

    @Test func sendsFiveMegabytesThereAndBack() async throws {
      let server = try SSHDFixture()
      let input = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
      let result = try await server.transport().run("cat", stdin: input, outputLimit: 6_000_000)
      #expect(result.exit == .status(0))
      #expect(result.stdout.bytes == input)
    }

    @Test func mayLeaveItsInputUnread() async throws {
      let server = try SSHDFixture()
      let input = [UInt8](repeating: 7, count: 5_000_000)
      let result = try await server.transport().run("exec <&-; sleep 0.1; exit 4", stdin: input)
      #expect(result.exit == .status(4))
    }

    @Test func runsTenCommandsAtOnceOnOneSession() async throws {
      let server = try SSHDFixture()
      let transport = server.transport()
      // Each waits until all have started.
      let barrier = server.directory + "/barrier"
      let results = try await outputs(of: 10, on: transport) {
        "mkdir -p \(barrier)/\($0); until [ $(ls \(barrier) | wc -l) = 10 ]; do sleep 0.01; done; echo $PPID \($0)"
      }
      #expect(Set(results.map { $0.split(separator: " ").first }).count == 1, "one session process")
      #expect(Set(results.map { $0.split(separator: " ").last }).count == 10, "ten answers")
    }

    @Test(arguments: [[], ["MaxSessions 2"], ["MaxSessions 1"]])
    func queuesWhatTheServerDoesNotTakeAtOnce(settings: [String]) async throws {
      let server = try SSHDFixture(settings: settings)
      let results = try await outputs(of: 25, on: server.transport()) { "sleep 0.02; echo \($0)" }
      #expect(Set(results).count == 25)
    }

    @Test func keepsOneSessionForManyCommands() async throws {
      let server = try SSHDFixture()
      let transport = server.transport()
      var sessions: Set<String> = []
      for _ in 0..<20 { sessions.insert(try await transport.run("echo $PPID").stdout.text) }
      #expect(sessions.count == 1)
    }

    @Test func reachesManyNodesAtOnce() async throws {
      let server = try SSHDFixture(addressCount: 20)
      let transport = SSHTransport(
        endpoints: (1...20).map { number in server.endpoint(number) }, handshakeLimit: 4)
      let answers = try await withThrowingTaskGroup(of: String.self) { group in
        for number in 1...20 {
          group.addTask { try await transport.run("echo \(number) $SSH_CONNECTION", on: number).stdout.text }
        }
        return try await group.reduce(into: Set<String>()) { answers, text in
          let words = text.split(separator: " ")
          answers.insert("\(words[0]) \(words[3])")
        }
      }
      #expect(answers == Set((1...20).map { "\($0) \(server.addresses[$0 - 1])" }))
    }

    @Test func endsACommandThatTakesTooLongAsUnknown() async throws {
      let server = try SSHDFixture()
      let transport = server.transport()
      let started = ContinuousClock.now
      let result = try await transport.run("echo begun; sleep 60", timeout: .milliseconds(400))
      #expect(ContinuousClock.now - started < .seconds(30))
      #expect(result.exit == .unknown(reason: "no exit within 400 ms"))
      #expect(result.stdout.text == "begun\n")
      #expect(try await transport.run("echo again").stdout.text == "again\n")
    }

    @Test func doesNotWaitForABackgroundChild() async throws {
      let server = try SSHDFixture()
      let started = ContinuousClock.now
      let result = try await server.transport().run("sleep 60 & echo started; exit 5")
      #expect(ContinuousClock.now - started < .seconds(30))
      #expect(result.exit == .status(5))
      #expect(result.stdout.text == "started\n")
    }

    @Test func knowsTheExitEvenWhenABackgroundChildTalksOn() async throws {
      let server = try SSHDFixture()
      let result = try await server.transport().run(
        "(while sleep 0.1; do echo tick; done) & exit 6", timeout: .milliseconds(900))
      #expect(result.exit == .status(6))
      #expect(result.stdout.total > 0)
      server.stop()
    }

    @Test func cancellationClosesTheChannelAtOnce() async throws {
      let server = try SSHDFixture()
      let transport = server.transport()
      _ = try await transport.run("true")
      let started = ContinuousClock.now
      let task = Task { try await transport.run("sleep 60") }
      try await Task.sleep(for: .milliseconds(200))
      task.cancel()
      let result = try await task.value
      #expect(ContinuousClock.now - started < .seconds(30))
      #expect(result.exit == .unknown(reason: "cancelled while the command ran"))
    }

    @Test func whatIsCancelledFirstNeverStarts() async throws {
      let server = try SSHDFixture()
      let transport = server.transport()
      let marker = server.directory + "/marker"
      let task = Task {
        unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
        return try await transport.run("touch \(marker)")
      }
      let failure = await #expect(throws: TransportFailure.self) { try await task.value }
      #expect(failure?.kind == .cancelled)
      _ = try await transport.run("true")
      #expect(!FixtureFiles.entries(server.directory).contains("marker"))
    }

    @Test func closesEverythingAndConnectsAgain() async throws {
      let server = try SSHDFixture(addressCount: 3)
      let transport = server.transport()
      for number in 1...3 { _ = try await transport.run("true", on: number) }
      #expect(server.sessionCount > 0)
      let running = Task { try await transport.run("sleep 60", on: 2) }
      try await Task.sleep(for: .milliseconds(200))
      await transport.close()
      #expect(try await running.value.exit == .unknown(reason: "the connections were closed"))
      #expect(await eventually { server.sessionCount == 0 }, "every session has ended")
      #expect(try await transport.run("echo back").stdout.text == "back\n")
    }

    @Test func endsItsSessionsWhenItIsDiscarded() async throws {
      let server = try SSHDFixture()
      _ = try await server.transport().run("true")
      #expect(await eventually { server.sessionCount == 0 })
    }

    private func outputs(
      of count: Int, on transport: SSHTransport, _ command: @escaping @Sendable (Int) -> String
    ) async throws -> [String] {
      try await withThrowingTaskGroup(of: String.self) { group in
        for number in 0..<count {
          group.addTask {
            let result = try await transport.run(command(number))
            #expect(result.exit == .status(0))
            return String(result.stdout.text.dropLast())
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
    }
  }
}
