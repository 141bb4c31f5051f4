import Glibc
import Model
import Transport

/// The keys still to be offered, and what became of the others.
struct Authentication {
  enum Offer {
    case key(PrivateKey)
    /// Its socket's path.
    case agent(String)
  }
  var offers: ArraySlice<Offer> = []
  var refused: [String] = []
  var unusable: [String] = []
}

extension Connection {
  /// Called with a handshake slot in hand, which every way out of the handshake gives back.
  func beginHandshake() {
    handshakeDeadline = .now + endpoint.connectTimeout
    dialLimit = isSilent ? min(Self.patienceWithTheSilent, endpoint.connectTimeout) : endpoint.connectTimeout
    dialErrors = []
    phase = .resolving
    // A numeric address needs no name server, and so no thread.
    if case .success(let addresses) = SocketAddress.resolve(
      host: endpoint.host, port: endpoint.port, numericOnly: true)
    {
      dial(addresses[...])
    } else {
      let (mailbox, index, attempt) = (reactor.mailbox, index, attempt)
      Resolver.resolve(host: endpoint.host, port: endpoint.port) { answer in
        mailbox.post(.resolved(connection: index, attempt: attempt, answer))
      }
    }
    noteHandshakeDeadline()
  }

  func resolved(_ answer: Result<[SocketAddress], ResolveError>, attempt: Int) {
    guard attempt == self.attempt, case .resolving = phase else { return }
    switch answer {
    case .success(let addresses):
      dial(addresses[...])
      noteHandshakeDeadline()
    case .failure(let error):
      failHandshake(
        endpoint.failure(
          .unreachable, "the host name \(endpoint.host) cannot be resolved: \(error.text)",
          help: "check `host:` of node \(endpoint.node), or `getent hosts \(shellWord(endpoint.host))`"))
    }
  }

  /// Tries one address after the other; each gets its share of the time that is left.
  func dial(_ addresses: ArraySlice<SocketAddress>) {
    var remaining = addresses
    while let address = remaining.popFirst() {
      switch address.dial(keepalive: endpoint.keepalive) {
      case .failure(let error):
        dialErrors.append(errnoText(error.code))
      case .success(let socket):
        let now = Instant.now
        let share = min(max(handshakeDeadline - now, .zero) / (remaining.count + 1), dialLimit)
        phase = .dialling(socket, remaining: remaining, until: now + share)
        guard watch(socket, writing: true) else {
          return failHandshake(endpoint.failure(.broken, "cannot watch a socket: \(errnoText(errno))"))
        }
        return
      }
    }
    phase = .resolving
    failHandshake(unreachable())
  }

  func finishDial(_ socket: Int32, _ remaining: ArraySlice<SocketAddress>) {
    let code = connectionError(socket)
    isSilent = code == EHOSTUNREACH || code == ETIMEDOUT
    guard code == 0 else {
      dialErrors.append(errnoText(code))
      unwatch()
      Glibc.close(socket)
      dial(remaining)
      return noteHandshakeDeadline()
    }
    do throws(TransportFailure) {
      let known = try reactor.credentials.hostKeys(for: endpoint)
      let algorithms = try endpoint.algorithms(for: known)
      guard let session = Session(descriptor: socket, endpoint: endpoint, hostKeyAlgorithms: algorithms)
      else {
        unwatch()
        phase = .resolving
        return failHandshake(endpoint.failure(.broken, "libssh cannot open a session: out of memory"))
      }
      phase = .exchangingKeys(session)
      exchangeKeys(session)
    } catch {
      failHandshake(error)
    }
  }

  func exchangeKeys(_ session: Session) {
    switch session.exchangeKeys() {
    case .pending: settle(session)
    case .failed: failHandshake(brokenHandshake(session.errorText))
    case .done:
      do throws(TransportFailure) {
        try verifyHostKey(session)
        authenticate(session, prepareAuthentication())
      } catch {
        failHandshake(error)
      }
    }
  }

  private func verifyHostKey(_ session: Session) throws(TransportFailure) {
    guard let key = session.serverKey() else {
      throw endpoint.failure(.broken, "\(endpoint.place) showed no host key")
    }
    try endpoint.verify(key, among: reactor.credentials.hostKeys(for: endpoint))
  }

  private func prepareAuthentication() -> Authentication {
    var authentication = Authentication()
    for file in endpoint.identityFiles {
      switch reactor.credentials.identity(file) {
      case .key(let key): authentication.offers.append(.key(key))
      case .unusable(let reason): authentication.unusable.append(reason)
      }
    }
    if endpoint.useAgent {
      if let path = endpoint.agentPath {
        authentication.offers.append(.agent(path))
      } else {
        authentication.unusable.append("no agent is running (SSH_AUTH_SOCK is not set)")
      }
    }
    return authentication
  }

  /// Offers one key after the other. No password, no question to the server what it would take.
  func authenticate(_ session: Session, _ current: Authentication) {
    var authentication = current
    while let offer = authentication.offers.first {
      let name: String
      let verdict: Session.Verdict
      switch offer {
      case .key(let key):
        name = key.path
        verdict = session.authenticate(with: key)
      case .agent(let path):
        switch reactor.credentials.agent(path) {
        case .holds(let count):
          name = count == 1 ? "the agent's key" : "the agent's \(count) keys"
          verdict = session.authenticateWithAgent()
        case .unusable(let reason), .silent(let reason):
          authentication.offers.removeFirst()
          authentication.unusable.append(reason)
          continue
        }
      }
      switch verdict {
      case .accepted:
        reactor.releaseSlot()
        phase = .ready(session)
        return advanceCommands()
      case .pending:
        phase = .authenticating(session, authentication)
        return settle(session)
      case .partial:
        return failHandshake(endpoint.needsMoreThanAKey())
      case .denied, .failed:
        authentication.offers.removeFirst()
        authentication.refused.append(name)
        if !session.isConnected {
          return failHandshake(endpoint.refusedKeys(authentication, hungUp: session.errorText))
        }
      }
    }
    failHandshake(
      authentication.refused.isEmpty
        ? endpoint.noKeys(authentication) : endpoint.refusedKeys(authentication, hungUp: nil))
  }

  /// The commands that waited for this session fail with it; the next one tries anew.
  func failHandshake(_ failure: TransportFailure) {
    if case .dialling = phase { isSilent = true }
    reactor.releaseSlot()
    reactor.credentials.forget()
    drop()
    let waiting = commands
    commands = []
    for command in waiting { command.ticket.answer(.failure(failure)) }
  }
}
