package import Model

/// A way to run one shell command on a node. The only thing that execution knows of SSH.
package protocol CommandTransport: Sendable {
  /// Throws only when the command certainly did not start. Once it may have started, the outcome is a
  /// result, with `.unknown` as its exit when nobody can say how it ended.
  func run(_ request: CommandRequest) async throws(TransportFailure) -> CommandResult
  /// Closes every connection; a later `run` opens a new one.
  func close() async
}

package struct CommandRequest: Sendable {
  package var node: NodeName
  /// A complete shell command line; the node's login shell reads it.
  package var command: String
  package var stdin: [UInt8]
  package var timeout: Duration
  /// How many bytes of each stream are kept; the rest is counted and hashed, never buffered.
  package var outputLimit: Int

  package init(
    node: NodeName, command: String, stdin: [UInt8] = [], timeout: Duration = .seconds(60),
    outputLimit: Int = 1 << 20
  ) {
    self.node = node
    self.command = command
    self.stdin = stdin
    self.timeout = timeout
    self.outputLimit = outputLimit
  }
}

package struct CommandResult: Sendable, Equatable {
  package var exit: CommandExit
  package var stdout: CapturedOutput
  package var stderr: CapturedOutput

  package init(exit: CommandExit, stdout: CapturedOutput = .init(), stderr: CapturedOutput = .init()) {
    self.exit = exit
    self.stdout = stdout
    self.stderr = stderr
  }
}

package enum CommandExit: Sendable, Equatable {
  case status(Int)
  case signal(String)
  /// The connection was lost, the time was up or the server never said: neither success nor failure.
  case unknown(reason: String)

  package var isSuccess: Bool { self == .status(0) }
}

package struct CapturedOutput: Sendable, Equatable {
  /// The first bytes, up to the request's limit.
  package var bytes: [UInt8]
  /// How many bytes there were in all.
  package var total: Int

  package init(bytes: [UInt8] = [], total: Int? = nil) {
    self.bytes = bytes
    self.total = total ?? bytes.count
  }

  package var isTruncated: Bool { total > bytes.count }
  package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Why a command was never started on a node.
package struct TransportFailure: Error, Sendable, Equatable {
  package enum Kind: String, Sendable, Codable {
    case unreachable, timeout, hostKeyUnknown, hostKeyChanged, authentication, configuration, cancelled,
      broken
  }

  package var node: NodeName
  package var kind: Kind
  /// What happened, in one sentence.
  package var message: String
  /// What to do about it.
  package var help: String?

  package init(node: NodeName, kind: Kind, message: String, help: String? = nil) {
    self.node = node
    self.kind = kind
    self.message = message
    self.help = help
  }
}
