internal import CSSH
import Glibc
import Model
import Transport

/// One node: at most one session, opened when a command first needs it, and the commands on it. For the loop
/// thread only; everything here returns at once.
///
///     idle ▸ waiting for a slot ▸ resolving ▸ dialling ▸ exchanging keys ▸ authenticating ▸ ready ▸ idle
final class Connection {
  typealias Instant = ContinuousClock.Instant

  enum Phase {
    case idle, waiting, resolving
    case dialling(Int32, remaining: ArraySlice<SocketAddress>, until: Instant)
    case exchangingKeys(Session)
    case authenticating(Session, Authentication)
    case ready(Session)
  }

  let endpoint: SSHEndpoint
  let index: Int
  let reactor: Reactor
  var phase = Phase.idle
  /// Tells a late answer of the resolver from the one that is awaited.
  var attempt = 0
  var handshakeDeadline = Instant.now
  var dialErrors: [String] = []
  /// Nobody answered the last time.
  var isSilent = false
  /// A cluster is looked at before each act, and each look would wait for a dead node in full. Two packets are sent in
  /// this time; a node that answers either has the rest of its time to let belay in.
  static let patienceWithTheSilent = Duration.milliseconds(1500)
  /// How long one address may take to answer.
  var dialLimit = Duration.zero
  private var watched: (descriptor: Int32, writing: Bool)?

  var commands: [Command] = []
  /// sshd's default MaxSessions; lowered when a server refuses earlier.
  var channelLimit = 10

  init(endpoint: SSHEndpoint, index: Int, reactor: Reactor) {
    self.endpoint = endpoint
    self.index = index
    self.reactor = reactor
  }

  // MARK: What the loop calls

  func submit(_ ticket: Ticket) {
    commands.append(Command(ticket))
    switch phase {
    case .idle: queueHandshake()
    case .ready: advanceCommands()
    default: break
    }
  }

  /// The socket is ready.
  func wake() {
    let descriptor = watched?.descriptor
    switch phase {
    case .idle, .waiting, .resolving: return
    case .dialling(let socket, let remaining, _): finishDial(socket, remaining)
    case .exchangingKeys(let session): exchangeKeys(session)
    case .authenticating(let session, let authentication): authenticate(session, authentication)
    case .ready: advanceCommands()
    }
    if let descriptor, watched?.descriptor == descriptor { acknowledgeQuickly(descriptor) }
  }

  func queueHandshake() {
    phase = .waiting
    attempt += 1
    reactor.requestSlot(index)
  }

  /// Acts on every deadline that has passed and notes those to come.
  func expire(_ now: Instant) {
    switch phase {
    case .idle, .waiting, .ready: break
    case .dialling(let socket, let remaining, let until) where until <= now && handshakeDeadline > now:
      dialErrors.append("no answer")
      isSilent = true
      unwatch()
      Glibc.close(socket)
      dial(remaining)
    default:
      if handshakeDeadline <= now { failHandshake(lateness()) }
    }
    noteHandshakeDeadline()
    expireCommands(now)
  }

  func noteHandshakeDeadline() {
    switch phase {
    case .idle, .waiting, .ready: break
    case .dialling(_, _, let until): reactor.note(min(until, handshakeDeadline))
    default: reactor.note(handshakeDeadline)
    }
  }

  /// Ends everything; what may have started is reported as unknown.
  func close(reason: String) {
    switch phase {
    case .idle, .ready: break
    case .waiting: reactor.withdrawRequest(index)
    default: reactor.releaseSlot()
    }
    drop()
    let ended = commands
    commands = []
    for command in ended {
      command.abandon(
        unstarted: endpoint.failure(.cancelled, "the command was not started: \(reason)"), reason: reason)
    }
  }

  // MARK: The watched socket

  func watch(_ descriptor: Int32, writing: Bool) -> Bool {
    if let watched, watched.descriptor == descriptor {
      if watched.writing != writing { reactor.change(descriptor, for: index, writing: writing) }
    } else if !reactor.watch(descriptor, for: index, writing: writing) {
      return false
    }
    watched = (descriptor, writing)
    return true
  }

  /// Before the descriptor is closed by us.
  func unwatch() {
    if let watched { reactor.forget(watched.descriptor) }
    watched = nil
  }

  /// Lets go of socket and session, if there are any.
  func drop() {
    switch phase {
    case .idle, .waiting, .resolving:
      break
    case .dialling(let socket, _, _):
      unwatch()
      Glibc.close(socket)
    case .exchangingKeys(let session), .authenticating(let session, _), .ready(let session):
      // A descriptor that libssh has closed may already be another connection's: it is not ours to unwatch.
      if session.ownsDescriptor { unwatch() } else { watched = nil }
    }
    phase = .idle
  }

  /// Waits for the session's socket, to write only if libssh has something left to write.
  func settle(_ session: Session) {
    if session.ownsDescriptor { _ = watch(session.descriptor, writing: session.wantsToWrite) }
  }
}
