internal import CSSH
import Glibc
import Synchronization
import Transport

/// What other threads ask of the loop thread.
enum Message: Sendable {
  case run(Ticket)
  case cancel(Ticket)
  case resolved(connection: Int, attempt: Int, Result<[SocketAddress], ResolveError>)
  case close(CheckedContinuation<Void, Never>)
  case stop
}

/// The only door to the loop thread: a queue of messages and a descriptor that wakes the loop.
final class Mailbox: Sendable {
  private let messages = Mutex<[Message]>([])
  let wakeDescriptor: Int32

  init() throws(LoopError) {
    wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
    guard wakeDescriptor >= 0 else { throw LoopError(call: "eventfd", code: errno) }
  }

  deinit {
    Glibc.close(wakeDescriptor)
  }

  func post(_ message: Message) {
    let wasEmpty = messages.withLock { messages in
      messages.append(message)
      return messages.count == 1
    }
    // Whoever made the queue non-empty has woken the loop already.
    guard wasEmpty else { return }
    var one: UInt64 = 1
    _ = unsafe write(wakeDescriptor, &one, MemoryLayout<UInt64>.size)
  }

  func take() -> [Message] {
    messages.withLock { messages in
      let taken = messages
      messages = []
      return taken
    }
  }

  func quiet() {
    var count: UInt64 = 0
    _ = unsafe read(wakeDescriptor, &count, MemoryLayout<UInt64>.size)
  }
}

struct LoopError: Error {
  var call: String
  var code: Int32
}

/// One command on its way through the loop, and the task that waits for it.
final class Ticket: Sendable {
  typealias Answer = Result<CommandResult, TransportFailure>

  let request: CommandRequest
  private let isCancelled = Atomic(false)
  private let waiter = Mutex<CheckedContinuation<Answer, Never>?>(nil)

  init(_ request: CommandRequest) {
    self.request = request
  }

  /// Set before the message is posted, since a task may be cancelled before its command is.
  var wasCancelled: Bool { isCancelled.load(ordering: .acquiring) }
  func cancel() { isCancelled.store(true, ordering: .releasing) }

  func wait(_ continuation: CheckedContinuation<Answer, Never>) {
    waiter.withLock { $0 = continuation }
  }

  /// Only the first answer counts.
  func answer(_ answer: Answer) {
    let continuation = waiter.withLock { waiter in
      let taken = waiter
      waiter = nil
      return taken
    }
    continuation?.resume(returning: answer)
  }
}
