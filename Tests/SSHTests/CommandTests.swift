import SSH
import TestSupport
import Testing
import Transport

@Suite(.enabled(if: SSHDFixture.obstacle == nil)) struct CommandTests {
  @Test func keepsStdoutStderrAndStatusApart() async throws {
    let server = try SSHDFixture()
    let result = try await server.transport().run("echo out; echo err >&2; exit 3")
    #expect(result.exit == .status(3))
    #expect(result.stdout.text == "out\n")
    #expect(result.stderr.text == "err\n")
  }
}
