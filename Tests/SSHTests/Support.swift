import Model
import SSH
import TestSupport
import Testing
import Transport

/// One after the other: each starts processes of its own, and some watch the clock.
@Suite(.serialized, .enabled(if: SSHDFixture.obstacle == nil)) struct SSHTests {}

extension SSHDFixture {
  /// Node `n1` is the first address, and so on.
  func endpoint(_ number: Int = 1, _ change: (inout SSHEndpoint) -> Void = { _ in }) -> SSHEndpoint {
    var endpoint = SSHEndpoint(
      node: NodeName("n\(number)"), host: addresses[number - 1], port: port, user: user,
      identityFiles: [identityFile], useAgent: false, knownHostsFiles: [knownHostsFile])
    change(&endpoint)
    return endpoint
  }

  func transport(_ change: (inout SSHEndpoint) -> Void = { _ in }) -> SSHTransport {
    SSHTransport(endpoints: (1...addresses.count).map { endpoint($0, change) })
  }
}

extension SSHTransport {
  func run(
    _ command: String, on number: Int = 1, stdin: [UInt8] = [], timeout: Duration = .seconds(20),
    outputLimit: Int = 1 << 20
  ) async throws(TransportFailure) -> CommandResult {
    try await run(
      CommandRequest(
        node: NodeName("n\(number)"), command: command, stdin: stdin, timeout: timeout,
        outputLimit: outputLimit))
  }
}

/// Polls for what another process will soon have done.
func eventually(_ condition: () -> Bool) async -> Bool {
  for _ in 0..<300 {
    if condition() { return true }
    try? await Task.sleep(for: .milliseconds(10))
  }
  return false
}

func failure(of transport: SSHTransport) async -> TransportFailure? {
  await #expect(throws: TransportFailure.self) { try await transport.run("echo must not run") }
}
