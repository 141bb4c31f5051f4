import Glibc
import Model
import SSH
import TestSupport
import Testing
import Transport

extension SSHTests {
  @Suite struct ConnectionTests {
    @Test func namesTheKeysThatTheServerRefused() async throws {
      let server = try SSHDFixture()
      let stranger = try server.makeKey("stranger")
      let failure = await failure(of: server.transport { $0.identityFiles = [stranger] })
      #expect(failure?.kind == .authentication)
      for part in [server.user, server.addresses[0], stranger] {
        #expect(failure?.message.contains(part) == true, "\(part) in \(failure?.message ?? "nothing")")
      }
      #expect(failure?.help?.contains("authorized_keys") == true)
    }

    @Test func triesEachKeyInTurn() async throws {
      let server = try SSHDFixture()
      let stranger = try server.makeKey("stranger")
      let transport = server.transport { $0.identityFiles = [stranger, server.identityFile] }
      #expect(try await transport.run("echo in").stdout.text == "in\n")
    }

    @Test(arguments: ["ed25519", "rsa", "ecdsa"])
    func logsInWithEveryTypeOfKey(type: String) async throws {
      let server = try SSHDFixture()
      let key = try server.makeKey("other", type: type)
      try server.authorize(key)
      #expect(try await server.transport { $0.identityFiles = [key] }.run("echo in").stdout.text == "in\n")
    }

    @Test func saysThatAnEncryptedKeyBelongsIntoTheAgent() async throws {
      let server = try SSHDFixture()
      let locked = try server.makeKey("locked", passphrase: "secret words")
      try server.authorize(locked)
      let failure = await failure(of: server.transport { $0.identityFiles = [locked] })
      #expect(failure?.kind == .configuration)
      #expect(failure?.message.contains("\(locked) is encrypted") == true)
      #expect(failure?.message.contains("ssh-add \(locked)") == true)
    }

    @Test(arguments: ["missing", "known_hosts", "."])
    func saysWhatIsNoKey(name: String) async throws {
      let server = try SSHDFixture()
      let file = server.directory + "/" + name
      let failure = await failure(of: server.transport { $0.identityFiles = [file] })
      #expect(failure?.kind == .configuration)
      #expect(failure?.message.contains(file) == true)
    }

    @Test func logsInWithAKeyOfTheAgent() async throws {
      let server = try SSHDFixture()
      let locked = try server.makeKey("locked", passphrase: "secret words")
      let held = try server.makeKey("held")
      try server.authorize(held)
      let agent = try AgentFixture(directory: server.directory)
      try agent.add(held)
      let transport = server.transport {
        $0.identityFiles = [locked]
        $0.useAgent = true
        $0.agentSocket = agent.socket
      }
      #expect(try await transport.run("echo in").stdout.text == "in\n")
      #expect(
        try await transport.run("echo ${SSH_AUTH_SOCK:-none}").stdout.text == "none\n", "never forwarded")
    }

    @Test func saysWhenTheAgentCannotHelp() async throws {
      let server = try SSHDFixture()
      let agent = try AgentFixture(directory: server.directory)
      func failureWithAgent(_ socket: String) async -> TransportFailure? {
        await failure(
          of: server.transport {
            $0.identityFiles = []
            $0.useAgent = true
            $0.agentSocket = socket
          })
      }
      let empty = await failureWithAgent(agent.socket)
      #expect(empty?.kind == .configuration)
      #expect(empty?.message.contains("the agent at \(agent.socket) holds no key") == true)
      let gone = await failureWithAgent(server.directory + "/nothing")
      #expect(gone?.kind == .configuration)
      #expect(gone?.message.contains("No such file") == true)
      try agent.add(server.makeKey("stranger"))
      let refused = await failureWithAgent(agent.socket)
      #expect(refused?.kind == .authentication)
      #expect(refused?.message.contains("the agent's key") == true)
    }

    @Test func doesNotWaitForAnAgentThatHangs() async throws {
      let server = try SSHDFixture()
      let silent = try ListenerFixture(path: server.directory + "/silent.sock")
      let started = ContinuousClock.now
      let failure = await failure(
        of: server.transport {
          $0.identityFiles = []
          $0.useAgent = true
          $0.agentSocket = silent.path
        })
      #expect(ContinuousClock.now - started < .seconds(30))
      #expect(failure?.message.contains("does not answer") == true)
    }

    @Test func aRefusedPortIsUnreachable() async throws {
      let server = try SSHDFixture()
      server.stop()
      let failure = await failure(of: server.transport())
      #expect(failure?.kind == .unreachable)
      #expect(failure?.message.contains("Connection refused") == true)
    }

    @Test func aNameThatDoesNotResolveIsUnreachable() async throws {
      let server = try SSHDFixture()
      let failure = await failure(of: server.transport { $0.host = "no-such-host.invalid" })
      #expect(failure?.kind == .unreachable || failure?.kind == .timeout)
      #expect(failure?.message.contains("no-such-host.invalid") == true)
    }

    @Test func triesEveryAddressOfAName() async throws {
      // On most machines this name has an IPv6 address too, where nobody listens.
      let server = try SSHDFixture(network: "127.0.0")
      let transport = server.transport {
        $0.host = "localhost"
        $0.hostKeyAlias = "[127.0.0.1]:\(server.port)"
      }
      #expect(try await transport.run("echo in").stdout.text == "in\n")
    }

    @Test func aSilentServerTimesOut() async throws {
      let server = try SSHDFixture()
      let silent = try ListenerFixture(address: server.addresses[0])
      let started = ContinuousClock.now
      let failure = await failure(
        of: server.transport {
          $0.port = silent.port
          $0.connectTimeout = .milliseconds(500)
        })
      #expect(ContinuousClock.now - started < .seconds(30))
      #expect(failure?.kind == .timeout)
      #expect(failure?.message.contains("500 ms") == true)
    }

    @Test func aNodeThatDidNotAnswerIsGivenLessTimeToAnswerTheNextTime() async throws {
      let server = try SSHDFixture()
      // Somebody waits in its queue for one: the kernel drops what else knocks.
      let deaf = try ListenerFixture(address: server.addresses[0], backlog: 0)
      let first = server.transport { $0.port = deaf.port }
      async let occupying = failure(of: first)
      try await Task.sleep(for: .milliseconds(300))
      let transport = server.transport {
        $0.port = deaf.port
        $0.connectTimeout = .seconds(4)
      }
      var waits: [Duration] = []
      for limit in ["4 s", "no answer"] {
        let started = ContinuousClock.now
        let failure = await failure(of: transport)
        waits.append(ContinuousClock.now - started)
        #expect(failure?.message.contains(limit) == true, "\(failure?.message ?? "")")
      }
      #expect(waits[0] >= .seconds(4))
      #expect(waits[1] < .seconds(3))
      // It answers now, and has all the time to let belay in.
      try await deaf.greet("")
      async let failing = failure(of: transport)
      try await Task.sleep(for: .seconds(2))
      try await deaf.greet("SSH-1.5-old\r\n")
      let kind = await failing?.kind
      #expect(kind == .broken || kind == .hostKeyUnknown)
      #expect(await occupying != nil)
    }

    static let greetings = [
      "nothing": "", "web": "HTTP/1.1 400 Bad Request\r\n\r\n", "old": "SSH-1.5-old\r\n",
      "garbage": "SSH-2.0-x\r\n\u{7f}\u{7f}\u{7f}\u{7f}garbage",
      "endless": String(repeating: "A", count: 100_000),
    ]

    @Test(arguments: greetings.keys)
    func aServerThatSpeaksSomethingElseIsBroken(kind: String) async throws {
      let server = try SSHDFixture()
      let other = try ListenerFixture(address: server.addresses[0])
      async let failing = failure(
        of: server.transport {
          $0.port = other.port
          $0.connectTimeout = .seconds(5)
        })
      try await other.greet(ConnectionTests.greetings[kind] ?? "")
      let failure = await failing
      #expect(failure?.kind == .hostKeyUnknown || failure?.kind == .broken)
    }

    @Test func aServerKilledUnderACommandLeavesItUnknown() async throws {
      let server = try SSHDFixture()
      let transport = server.transport()
      async let running = transport.run("echo begun; sleep 60")
      async let waiting = transport.run("cat", stdin: [UInt8](repeating: 1, count: 1000))
      #expect(try await waiting.exit == .status(0))
      try await Task.sleep(for: .milliseconds(200))
      server.stop()
      let result = try await running
      guard case .unknown(let reason) = result.exit else {
        Issue.record("\(result.exit)")
        return
      }
      #expect(reason.contains("lost"))
      #expect(result.stdout.text == "begun\n")
      #expect(await failure(of: transport)?.kind == .unreachable)
      try server.start()
      #expect(try await transport.run("echo back").stdout.text == "back\n")
    }

    @Test func aSessionThatDiedInBetweenIsReplaced() async throws {
      let server = try SSHDFixture()
      let transport = server.transport()
      let first = try await transport.run("echo $PPID").stdout.text
      server.killSessions()
      let second = try await transport.run("echo $PPID").stdout.text
      #expect(first != second)
    }

    @Test(arguments: ["-oProxyCommand=id", "a b", "a\nb", "", "root@host", "x\u{1b}[31m", "h\u{202e}x"])
    func refusesHostNamesThatCouldMeanSomethingElse(host: String) async throws {
      let failure = await failure(of: SSHTransport(endpoints: [offline { $0.host = host }]))
      #expect(failure?.kind == .configuration)
      #expect(failure?.message.contains("\u{1b}") == false)
    }

    @Test(arguments: ["-l", "a b", "", "x\u{0}"])
    func refusesUserNamesThatCouldMeanSomethingElse(user: String) async throws {
      let failure = await failure(of: SSHTransport(endpoints: [offline { $0.user = user }]))
      #expect(failure?.kind == .configuration)
    }

    @Test func refusesACommandThatCWouldCut() async throws {
      let transport = SSHTransport(endpoints: [offline()])
      let failure = await #expect(throws: TransportFailure.self) {
        try await transport.run("rm -rf /tmp/x\u{0}y")
      }
      #expect(failure?.kind == .configuration)
    }

    @Test func refusesANodeThatItDoesNotKnow() async throws {
      let failure = await failure(of: SSHTransport(endpoints: []))
      #expect(failure?.kind == .configuration)
    }

    @Test func survivesAnExitWithCommandsInFlight() async throws {
      let server = try SSHDFixture()
      let place = [server.addresses[0], server.user, server.identityFile, server.knownHostsFile]
      await #expect(processExitsWith: .success) { [place = place as [String], port = server.port as Int] in
        let transport = SSHTransport(endpoints: [
          SSHEndpoint(
            node: NodeName("n1"), host: place[0], port: port, user: place[1], identityFiles: [place[2]],
            useAgent: false, knownHostsFiles: [place[3]])
        ])
        for _ in 0..<8 { Task { try await transport.run("yes") } }
        _ = try await transport.run("sleep 0.1")
        exit(0)
      }
    }

    private func offline(_ change: (inout SSHEndpoint) -> Void = { _ in }) -> SSHEndpoint {
      var endpoint = SSHEndpoint(node: NodeName("n1"), host: "192.0.2.1", user: "root", knownHostsFiles: [])
      change(&endpoint)
      return endpoint
    }
  }
}
