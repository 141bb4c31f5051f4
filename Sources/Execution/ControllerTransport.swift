import Model
package import Transport

internal import Platform

/// Commands for the controller run as processes of this machine; all others go on to the nodes.
package struct ControllerTransport: CommandTransport {
  private let nodes: any CommandTransport

  package init(nodes: any CommandTransport) { self.nodes = nodes }

  package func run(_ request: CommandRequest) async throws(TransportFailure) -> CommandResult {
    guard request.node == .controller else { return try await nodes.run(request) }
    let shell = Subprocess(
      "/bin/sh", ["-c", request.command], stdin: request.stdin, outputLimit: request.outputLimit,
      timeout: request.timeout)
    let result: SubprocessResult
    do {
      result = try await shell.run()
    } catch {
      throw TransportFailure(node: request.node, kind: .broken, message: error.description)
    }
    let exit: CommandExit =
      switch result.exit {
      case .status(let status): .status(Int(status))
      case .signal(let signal): .signal("signal \(signal)")
      case .timedOut: .unknown(reason: "it took longer than \(request.timeout.inSeconds) s and was stopped")
      case .cancelled: .unknown(reason: "it was cancelled")
      }
    return CommandResult(
      exit: exit, stdout: CapturedOutput(bytes: result.stdout.bytes, total: result.stdout.total),
      stderr: CapturedOutput(bytes: result.stderr.bytes, total: result.stderr.total))
  }

  package func close() async { await nodes.close() }
}
