import Glibc
import Transport

/// One command on its way through a connection.
final class Command {
  enum Stage {
    case queued
    case opening(Channel)
    /// From here on nobody can say that it did not start.
    case requesting(Channel)
    case running(Channel)
    /// Answered, but its channel cannot be closed before the server has opened it.
    case abandoned(Channel)
    case done
  }

  let ticket: Ticket
  var stage = Stage.queued
  /// Counts from the moment that the command gets its channel.
  var deadline: ContinuousClock.Instant?
  /// When the command has exited but something still holds its output open.
  var quiet: (until: ContinuousClock.Instant, seen: Int)?
  var inputSent = 0
  var inputFinished = false
  /// How often the server refused it a channel, and when to ask again.
  var refusals = 0
  var askAgain: ContinuousClock.Instant?
  /// Whether it was already moved to a new session once.
  var wasMoved = false

  init(_ ticket: Ticket) {
    self.ticket = ticket
  }

  var isQueued: Bool { if case .queued = stage { true } else { false } }
  var isDone: Bool { if case .done = stage { true } else { false } }
  var hasChannel: Bool { !isQueued && !isDone }

  func finish(_ answer: Ticket.Answer) {
    stage = .done
    ticket.answer(answer)
  }

  func finish(_ channel: Channel, exit: CommandExit) {
    finish(.success(CommandResult(exit: exit, stdout: channel.stdout, stderr: channel.stderr)))
  }

  /// Ends it now. What may have started has an unknown outcome, unless its exit is known already.
  func abandon(unstarted: TransportFailure, reason: String) {
    switch stage {
    case .queued:
      finish(.failure(unstarted))
    case .opening(let channel):
      finish(.failure(unstarted))
      stage = .abandoned(channel)
    case .requesting(let channel), .running(let channel):
      finish(channel, exit: channel.exit ?? .unknown(reason: reason))
    case .abandoned, .done:
      break
    }
  }
}
