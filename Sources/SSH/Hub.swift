import Model
import Transport

/// Lives on the loop thread: takes messages, wakes connections, keeps deadlines.
final class Hub {
  private let reactor: Reactor
  private let connections: [Connection]
  private let indexes: [NodeName: Int]

  init(endpoints: [SSHEndpoint], reactor: Reactor) {
    self.reactor = reactor
    connections = endpoints.enumerated().map { Connection(endpoint: $1, index: $0, reactor: reactor) }
    indexes = Dictionary(
      connections.map { ($0.endpoint.node, $0.index) }, uniquingKeysWith: { first, _ in first })
  }

  func run() {
    while true {
      for message in reactor.mailbox.take() {
        if case .stop = message { return close(reason: "the transport was discarded") }
        handle(message)
      }
      // One refusal may free the slot for the next, so this is a loop and not a call from within.
      while let next = reactor.grantSlot() { connections[next].beginHandshake() }
      if let deadline = reactor.earliestDeadline {
        let now = ContinuousClock.now
        if deadline <= now {
          reactor.restartDeadlines()
          for connection in connections { connection.expire(now) }
          continue
        }
      }
      reactor.wait { connections[$0].wake() }
    }
  }

  private func handle(_ message: Message) {
    switch message {
    case .run(let ticket):
      guard let index = indexes[ticket.request.node] else { return }
      if ticket.wasCancelled {
        let failure = connections[index].endpoint.failure(.cancelled, "cancelled before the command started")
        return ticket.answer(.failure(failure))
      }
      connections[index].submit(ticket)
    case .cancel(let ticket):
      guard let index = indexes[ticket.request.node] else { return }
      connections[index].cancel(ticket)
    case .resolved(let connection, let attempt, let answer):
      connections[connection].resolved(answer, attempt: attempt)
    case .close(let continuation):
      close(reason: "the connections were closed")
      continuation.resume()
    case .stop:
      break
    }
  }

  private func close(reason: String) {
    for connection in connections { connection.close(reason: reason) }
    reactor.credentials.forget()
  }
}
