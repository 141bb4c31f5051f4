import Glibc
import Model
import Synchronization
package import Transport

/// Runs commands over libssh: one thread for all nodes, one session for each, many commands at once on it.
///
/// The thread owns every session and never blocks. Tasks leave a message for it and wait; nothing of libssh
/// is ever touched from anywhere else, so a command costs one wake-up of the thread and one of its task.
package final class SSHTransport: CommandTransport {
  private let endpoints: [NodeName: SSHEndpoint]
  private let ordered: [SSHEndpoint]
  private let handshakeLimit: Int
  /// Started by the first command: whoever only plans starts no thread.
  private let mailbox = Mutex<Mailbox?>(nil)

  /// - Parameter handshakeLimit: How many nodes may be connecting at the same time.
  package init(endpoints: [SSHEndpoint], handshakeLimit: Int = 64) {
    ordered = endpoints
    self.endpoints = Dictionary(endpoints.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
    self.handshakeLimit = handshakeLimit
  }

  deinit {
    mailbox.withLock { $0?.post(.stop) }
  }

  package func run(_ request: CommandRequest) async throws(TransportFailure) -> CommandResult {
    guard let endpoint = endpoints[request.node] else {
      throw TransportFailure(
        node: request.node, kind: .configuration, message: "no node is named \(request.node)",
        help: "add it to the inventory")
    }
    try endpoint.validate()
    // C would cut the command there, and run what is left of it.
    if request.command.utf8.contains(0) {
      throw endpoint.failure(
        .configuration, "the command contains a NUL character", help: "remove it from the step or its inputs")
    }
    let mailbox = try startedMailbox(for: endpoint)
    let ticket = Ticket(request)
    let answer = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        ticket.wait(continuation)
        mailbox.post(.run(ticket))
      }
    } onCancel: {
      ticket.cancel()
      mailbox.post(.cancel(ticket))
    }
    return try answer.get()
  }

  package func close() async {
    guard let mailbox = mailbox.withLock({ $0 }) else { return }
    await withCheckedContinuation { mailbox.post(.close($0)) }
  }

  private func startedMailbox(for endpoint: SSHEndpoint) throws(TransportFailure) -> Mailbox {
    do throws(LoopError) {
      return try mailbox.withLock { (mailbox: inout Mailbox?) throws(LoopError) -> Mailbox in
        if let mailbox { return mailbox }
        let started = try startLoop(ordered, handshakeLimit: handshakeLimit)
        mailbox = started
        return started
      }
    } catch {
      throw endpoint.failure(
        .broken, "cannot start the SSH event loop: \(error.call): \(errnoText(error.code))",
        help: "raise the limit on open files (`ulimit -n`)")
    }
  }
}

/// What the loop thread is born with.
private final class LoopStart {
  let endpoints: [SSHEndpoint]
  let mailbox: Mailbox
  let poller: Poller
  let handshakeLimit: Int

  init(endpoints: [SSHEndpoint], handshakeLimit: Int) throws(LoopError) {
    self.endpoints = endpoints
    self.handshakeLimit = handshakeLimit
    mailbox = try Mailbox()
    poller = try Poller()
    guard poller.add(mailbox.wakeDescriptor, token: Reactor.mailboxToken, writing: false) else {
      throw LoopError(call: "epoll_ctl", code: errno)
    }
  }
}

private func startLoop(_ endpoints: [SSHEndpoint], handshakeLimit: Int) throws(LoopError) -> Mailbox {
  let start = try LoopStart(endpoints: endpoints, handshakeLimit: handshakeLimit)
  if let code = unsafe startThread(loopThread, owning: start) {
    throw LoopError(call: "pthread_create", code: code)
  }
  return start.mailbox
}

private func loopThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context = unsafe context else { return nil }
  let start = unsafe Unmanaged<LoopStart>.fromOpaque(context).takeRetainedValue()
  let reactor = Reactor(mailbox: start.mailbox, poller: start.poller, handshakeLimit: start.handshakeLimit)
  ExitGuard.enter()
  Hub(endpoints: start.endpoints, reactor: reactor).run()
  ExitGuard.leave()
  return nil
}
