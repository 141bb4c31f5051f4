import Model
import SSH
import TestSupport
import Testing
import Transport

extension SSHTests {
  @Suite struct HostKeyTests {
    @Test func refusesAnUnknownHostBeforeLoggingIn() async throws {
      let server = try SSHDFixture()
      let empty = server.directory + "/empty"
      try FixtureFiles.write("", to: empty)
      let recorded = try #require(try recordedHostKeys(for: server.endpoint()).first)
      let failure = await failure(
        of: server.transport { $0.knownHostsFiles = [empty, "/nonexistent/known_hosts"] })
      #expect(failure?.kind == .hostKeyUnknown)
      #expect(failure?.message.contains(recorded) == true, "the fingerprint")
      #expect(failure?.message.contains(empty) == true, "the file")
      #expect(
        failure?.help?.contains("ssh-keyscan -p \(server.port) \(server.addresses[0]) >> \(empty)") == true)
      #expect(!server.log().contains("publickey"), "nobody tried to log in")
    }

    @Test func refusesAChangedKeyBeforeLoggingIn() async throws {
      let server = try SSHDFixture()
      let before = try #require(try recordedHostKeys(for: server.endpoint()).first)
      server.stop()
      try server.replaceHostKey("ed25519")
      try server.start()
      let failure = await failure(of: server.transport())
      #expect(failure?.kind == .hostKeyChanged)
      #expect(failure?.message.contains("\(server.knownHostsFile):1 has \(before)") == true)
      #expect(
        failure?.help?.contains(
          "ssh-keygen -R '[\(server.addresses[0])]:\(server.port)' -f \(server.knownHostsFile)")
          == true)
      #expect(!server.log().contains("publickey"))
    }

    @Test func acceptsARepairedFileWithoutARestart() async throws {
      let server = try SSHDFixture()
      let file = server.directory + "/late"
      let transport = server.transport { $0.knownHostsFiles = [file] }
      #expect(await failure(of: transport)?.kind == .hostKeyUnknown)
      try FixtureFiles.write(server.knownHosts(), to: file)
      #expect(try await transport.run("echo in").stdout.text == "in\n")
    }

    @Test func asksForTheTypeThatIsRecorded() async throws {
      let types = ["ed25519", "rsa", "ecdsa"]
      let server = try SSHDFixture(hostKeyTypes: types)
      let known = try server.knownHosts().split(separator: "\n")
      for type in types {
        let lines = known.filter { $0.contains(type) }
        #expect(lines.count == 1)
        try FixtureFiles.write(lines.joined(separator: "\n"), to: server.knownHostsFile)
        #expect(try await server.transport().run("echo in").stdout.text == "in\n")
      }
    }

    @Test func saysWhenTheServerLacksTheRecordedType() async throws {
      let server = try SSHDFixture(hostKeyTypes: ["ecdsa"])
      let other = try SSHDFixture()
      let key = try other.knownHosts().split(separator: " ").dropFirst().joined(separator: " ")
      try FixtureFiles.write("[\(server.addresses[0])]:\(server.port) \(key)", to: server.knownHostsFile)
      let failure = await failure(of: server.transport())
      #expect(failure?.kind == .hostKeyUnknown)
      #expect(failure?.message.contains("no host key of a type") == true)
    }

    @Test func refusesARevokedKey() async throws {
      let server = try SSHDFixture()
      let known = try server.knownHosts()
      try FixtureFiles.write(
        known + "@revoked * " + known.split(separator: " ").dropFirst().joined(separator: " "),
        to: server.knownHostsFile)
      let failure = await failure(of: server.transport())
      #expect(failure?.kind == .hostKeyChanged)
      #expect(failure?.message.contains("\(server.knownHostsFile):2 has revoked") == true)
    }

    @Test func findsHashedNames() async throws {
      let server = try SSHDFixture()
      let before = try recordedHostKeys(for: server.endpoint())
      try FixtureProcess.run([SSHDFixture.sshKeygen, "-q", "-H", "-f", server.knownHostsFile])
      #expect(try FixtureFiles.read(server.knownHostsFile).hasPrefix("|1|"))
      #expect(try recordedHostKeys(for: server.endpoint()) == before)
      #expect(try recordedHostKeys(for: server.endpoint { $0.port = 2 }) == [])
      #expect(try await server.transport().run("echo in").stdout.text == "in\n")
    }

    static let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB9zLkbfRe4QUK5yxScyhyWZ4iLUJk9nHgjPmTBFCUdZ"

    /// pattern, host, port, alias, whether it matches
    static let patterns: [(String, String, Int, String?, Bool)] = [
      ("db1", "db1", 22, nil, true),
      ("DB1", "db1", 22, nil, true),
      ("db1", "Db1", 22, nil, true),
      ("db1", "db1", 2222, nil, false),
      ("[db1]:2222", "db1", 2222, nil, true),
      ("a,db1,c", "db1", 22, nil, true),
      ("db*", "db1", 22, nil, true),
      ("db?", "db1", 22, nil, true),
      ("db?", "db", 22, nil, false),
      ("*,!db1", "db1", 22, nil, false),
      ("!db1,*", "db1", 22, nil, false),
      ("*,!db2", "db1", 22, nil, true),
      ("the-alias", "db1", 2222, "the-alias", true),
      ("db1", "db1", 22, "the-alias", false),
      ("# db1", "db1", 22, nil, false),
      ("@cert-authority db1", "db1", 22, nil, false),
      ("  db1", "db1", 22, nil, true),
      ("|1|bad|hash", "db1", 22, nil, false),
      ("|1|", "db1", 22, nil, false),
    ]

    @Test(arguments: patterns)
    func matchesNamesAsSSHDoes(
      pattern: String, host: String, port: Int, alias: String?, isMatch: Bool
    ) throws {
      let directory = try FixtureFiles.makeDirectory()
      defer { FixtureFiles.remove(directory) }
      let file = directory + "/known_hosts"
      try FixtureFiles.write("garbage\n\(pattern) \(HostKeyTests.key) a comment\r\n", to: file)
      let endpoint = SSHEndpoint(
        node: NodeName("n1"), host: host, port: port, user: "root", knownHostsFiles: [file],
        hostKeyAlias: alias)
      let expected = isMatch ? ["ssh-ed25519 SHA256:/FdznG4/CgHrHUvWQ6jSsaAGUgAE8Law/N7AEL8M2EY"] : []
      #expect(try recordedHostKeys(for: endpoint) == expected)
    }

    @Test func doesNotTrustWhatItCannotRead() throws {
      let directory = try FixtureFiles.makeDirectory()
      defer { FixtureFiles.remove(directory) }
      let endpoint = SSHEndpoint(
        node: NodeName("n1"), host: "db1", user: "root", knownHostsFiles: [directory])
      let failure = #expect(throws: TransportFailure.self) { try recordedHostKeys(for: endpoint) }
      #expect(failure?.kind == .configuration)
      #expect(failure?.message.contains(directory) == true)
    }
  }
}
