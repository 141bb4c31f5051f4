package import Model
package import Transport

package import Platform
internal import Synchronization

/// A double of SSH. Its nodes are directories of this machine whose commands a real shell runs, unless the test
/// steps in between: with an answer of its own, with a refusal, or by losing the answer on its way back.
package final class FakeTransport: CommandTransport {
  package enum Interference: Sendable {
    case none
    case answer(CommandResult)
    /// The command certainly does not start.
    case refuse(String)
    /// It runs, but nobody hears how it ended.
    case loseAnswer
  }

  package typealias Interceptor = @Sendable (CommandRequest) async -> Interference

  private let machines: [NodeName: LocalShell]
  private let interceptor: Interceptor
  private let log = Mutex<[CommandRequest]>([])

  package init(_ machines: [NodeName: LocalShell] = [:], _ interceptor: @escaping Interceptor) {
    self.machines = machines
    self.interceptor = interceptor
  }

  /// Everything that was asked of it, in order.
  package var requests: [CommandRequest] { log.withLock { $0 } }

  package func run(_ request: CommandRequest) async throws(TransportFailure) -> CommandResult {
    log.withLock { $0.append(request) }
    switch await interceptor(request) {
    case .answer(let result): return result
    case .refuse(let why): throw TransportFailure(node: request.node, kind: .unreachable, message: why)
    case .loseAnswer:
      _ = try await perform(request)
      return CommandResult(exit: .unknown(reason: "the connection was lost"))
    case .none: return try await perform(request)
    }
  }

  package func close() async {}

  private func perform(_ request: CommandRequest) async throws(TransportFailure) -> CommandResult {
    guard let machine = machines[request.node] else {
      throw TransportFailure(node: request.node, kind: .unreachable, message: "there is no such node")
    }
    do {
      return try await CommandResult(
        machine.run(
          request.command, stdin: request.stdin, timeout: request.timeout, outputLimit: request.outputLimit))
    } catch {
      throw TransportFailure(node: request.node, kind: .broken, message: "\(error)")
    }
  }
}

extension CommandResult {
  /// What a transport would say of it.
  package init(_ result: SubprocessResult) {
    let exit: CommandExit =
      switch result.exit {
      case .status(let status): .status(Int(status))
      case .signal(let signal): .signal("\(signal)")
      case .timedOut, .cancelled: .unknown(reason: "nobody waited for its end")
      }
    self.init(
      exit: exit, stdout: CapturedOutput(bytes: result.stdout.bytes, total: result.stdout.total),
      stderr: CapturedOutput(bytes: result.stderr.bytes, total: result.stderr.total))
  }
}
