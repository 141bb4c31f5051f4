/// What every connection shares on the loop thread: readiness, deadlines, handshake slots, files read once.
final class Reactor {
  typealias Instant = ContinuousClock.Instant

  let mailbox: Mailbox
  let credentials = Credentials()
  private let poller: Poller

  /// No deadline is earlier. It may be too early itself, which costs one look at all connections.
  private(set) var earliestDeadline: Instant?
  /// Connections that must be looked at again without waiting for their sockets.
  private var restless: [Int] = []
  private var ready: [Int] = []
  private var freeSlots: Int
  private var slotQueue: ArraySlice<Int> = []

  init(mailbox: Mailbox, poller: Poller, handshakeLimit: Int) {
    self.mailbox = mailbox
    self.poller = poller
    freeSlots = max(1, handshakeLimit)
  }

  // MARK: Readiness

  func watch(_ descriptor: Int32, for connection: Int, writing: Bool) -> Bool {
    poller.add(descriptor, token: connection, writing: writing)
  }

  func change(_ descriptor: Int32, for connection: Int, writing: Bool) {
    poller.change(descriptor, token: connection, writing: writing)
  }

  func forget(_ descriptor: Int32) {
    poller.remove(descriptor)
  }

  /// Calls `wake` with each connection that has something to do, once there is one, a message or a deadline.
  func wait(wake: (Int) -> Void) {
    let milliseconds = timeout()
    ready.removeAll(keepingCapacity: true)
    swap(&ready, &restless)
    ExitGuard.leave()
    poller.wait(milliseconds: milliseconds, ready: &ready)
    ExitGuard.enter()
    for index in ready.indices {
      let token = ready[index]
      if token == Reactor.mailboxToken {
        mailbox.quiet()
      } else {
        wake(token)
      }
    }
  }

  static let mailboxToken = -1

  func lookAgain(_ connection: Int) {
    restless.append(connection)
  }

  // MARK: Deadlines

  func note(_ deadline: Instant) {
    earliestDeadline = min(earliestDeadline ?? deadline, deadline)
  }

  func restartDeadlines() {
    earliestDeadline = nil
  }

  private func timeout() -> Int32 {
    guard restless.isEmpty else { return 0 }
    guard let earliestDeadline else { return -1 }
    let remaining = earliestDeadline - .now
    return remaining <= .zero ? 0 : Int32(clamping: remaining.milliseconds + 1)
  }

  // MARK: Handshake slots

  func requestSlot(_ connection: Int) {
    slotQueue.append(connection)
  }

  func releaseSlot() {
    freeSlots += 1
  }

  func withdrawRequest(_ connection: Int) {
    slotQueue.removeAll { $0 == connection }
  }

  /// The next connection that may begin its handshake.
  func grantSlot() -> Int? {
    guard freeSlots > 0, let next = slotQueue.popFirst() else { return nil }
    freeSlots -= 1
    return next
  }
}
