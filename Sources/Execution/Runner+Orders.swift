import Model
import Planning
import Transport

/// What an act or an undo sends to its node, and how it is shown.
struct NodeOrder {
  var display: String
  var command: String
  var stdin: [UInt8] = []
}

extension Runner {
  /// What became of an order, as its receipt tells.
  struct Sent {
    var state: Receipt.State
    var output: TaskOutput
    fileprivate var stdout: [UInt8]
    fileprivate var stderr: CapturedOutput

    /// The command itself, without its receipt.
    func ended(_ exit: Int) -> CommandResult {
      CommandResult(exit: .status(exit), stdout: .init(bytes: stdout), stderr: stderr)
    }
  }

  /// The receipt keeps an order that was cut off and is sent again from running twice.
  func send(_ order: NodeOrder, to node: NodeName, for step: PlannedStep, under receipt: Receipt)
    async throws(TransportFailure) -> Sent
  {
    let seconds = limit(of: step)
    let result = try await world.transport.run(
      CommandRequest(
        node: node,
        command: receipt.runCommand(
          order.command, timeoutSeconds: seconds, fence: fence(for: node), hasInput: !order.stdin.isEmpty),
        stdin: order.stdin, timeout: .seconds(seconds + 15)))
    let (state, stdout) = Receipt.read(result)
    return Sent(
      state: state, output: TaskOutput(result, stdout: stdout), stdout: stdout, stderr: result.stderr)
  }

  /// Whole seconds, as nodes count them.
  func limit(of step: PlannedStep) -> Int { max(1, Int(step.timeoutSeconds.rounded(.up))) }
}
