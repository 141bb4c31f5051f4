import Glibc
import Model
import Transport

extension Connection {
  /// How long output may stay silent after the exit before the command counts as over: a background child
  /// that inherited stdout would hold the channel open for as long as it lives.
  static let grace = Duration.seconds(1)

  /// Moves every command as far as it goes without waiting.
  func advanceCommands() {
    guard case .ready(let session) = phase else { return }
    guard session.pump() else { return lose(session) }
    for _ in 0..<16 {
      let before = session.bytesRead
      startQueued(session)
      for command in commands { step(command, session) }
      commands.removeAll(where: \.isDone)
      guard case .ready = phase else { return }
      if session.wantsToWrite && !session.pump() || !session.isConnected { return lose(session) }
      // Any call may have read what another channel waits for: go round until nothing new was read.
      if session.bytesRead == before && !canStartQueued { return settle(session) }
    }
    settle(session)
    reactor.lookAgain(index)
  }

  private var channelCount: Int { commands.count(where: \.hasChannel) }

  private var canStartQueued: Bool {
    channelCount < channelLimit && commands.contains(where: { $0.isQueued && $0.askAgain == nil })
  }

  private func startQueued(_ session: Session) {
    var free = channelLimit - channelCount
    for command in commands where command.isQueued && command.askAgain == nil && free > 0 {
      guard let channel = Channel(session: session, outputLimit: command.ticket.request.outputLimit) else {
        command.finish(.failure(endpoint.failure(.broken, "libssh cannot open a channel: out of memory")))
        continue
      }
      let deadline = Instant.now + command.ticket.request.timeout
      command.deadline = deadline
      reactor.note(deadline)
      command.stage = .opening(channel)
      free -= 1
    }
  }

  private func step(_ command: Command, _ session: Session) {
    if case .opening(let channel) = command.stage {
      switch channel.open() {
      case .pending: return
      case .failed: return openingFailed(command, session)
      case .done: command.stage = .requesting(channel)
      }
    }
    if case .requesting(let channel) = command.stage {
      switch channel.request(command.ticket.request.command) {
      case .pending: return
      case .failed where session.isConnected && !channel.isClosed && channel.exit == nil:
        return command.finish(
          .failure(
            endpoint.failure(
              .broken, "\(endpoint.place) refuses to run commands: \(session.errorText)",
              help: "check ForceCommand and `command=` in authorized_keys on the node")))
      case .failed: command.stage = .running(channel)
      case .done: command.stage = .running(channel)
      }
    }
    if case .running(let channel) = command.stage {
      feed(command, channel, session)
      conclude(command, channel)
    }
    if case .abandoned(let channel) = command.stage, channel.open() != .pending { command.stage = .done }
  }

  /// A server takes a moment to free the channel of a command that ended, may allow fewer than we thought, or
  /// still counts commands that we gave up on. So: ask again, then ask for less, then begin a new session once.
  private func openingFailed(_ command: Command, _ session: Session) {
    guard session.isConnected else { return }
    let others = channelCount - 1
    command.deadline = nil
    command.stage = .queued
    command.refusals += 1
    if command.refusals > 1 && others > 0 { channelLimit = others }
    if others > 0 || command.refusals < 8 {
      let next = Instant.now + .milliseconds(min(5 << command.refusals, 200))
      command.askAgain = next
      return reactor.note(next)
    }
    if !command.wasMoved {
      command.wasMoved = true
      return lose(session)
    }
    command.finish(
      .failure(
        endpoint.failure(
          .broken, "\(endpoint.place) opens no channel for a command: \(session.errorText)",
          help: "check MaxSessions in sshd_config on the node")))
  }

  /// Sends input as fast as the socket takes it, so that it is buffered neither in libssh nor here.
  private func feed(_ command: Command, _ channel: Channel, _ session: Session) {
    let input = command.ticket.request.stdin
    while !command.inputFinished && !channel.isClosed {
      guard command.inputSent < input.count else {
        channel.finishInput()
        command.inputFinished = true
        return
      }
      if session.wantsToWrite {
        guard session.pump(), !session.wantsToWrite else { return }
        continue
      }
      let end = min(command.inputSent + 65_536, input.count)
      guard let count = channel.write(input[command.inputSent..<end]) else {
        // The command stopped reading, which is its own affair; its exit will tell.
        command.inputFinished = true
        return
      }
      command.inputSent += count
      if count == 0 { return }
    }
  }

  private func conclude(_ command: Command, _ channel: Channel) {
    if channel.isClosed {
      return command.finish(
        channel,
        exit: channel.exit ?? .unknown(reason: "the server closed the channel without an exit status"))
    }
    guard let exit = channel.exit else { return }
    let seen = channel.stdout.total + channel.stderr.total
    let now = Instant.now
    if let quiet = command.quiet, quiet.seen == seen {
      if quiet.until <= now { command.finish(channel, exit: exit) }
      return
    }
    let until = now + Connection.grace
    command.quiet = (until, seen)
    reactor.note(until)
  }

  func cancel(_ ticket: Ticket) {
    guard let command = commands.first(where: { $0.ticket === ticket }) else { return }
    command.abandon(
      unstarted: endpoint.failure(.cancelled, "cancelled before the command started"),
      reason: "cancelled while the command ran")
    commands.removeAll(where: \.isDone)
    // The end of one may let another begin.
    advanceCommands()
  }

  func expireCommands(_ now: Instant) {
    var acted = false
    for command in commands {
      if let deadline = command.deadline, deadline <= now {
        let limit = seconds(command.ticket.request.timeout)
        command.deadline = nil
        command.abandon(
          unstarted: endpoint.failure(.timeout, "\(endpoint.place) opened no channel within \(limit)"),
          reason: "no exit within \(limit)")
        acted = true
      }
      if let quiet = command.quiet, quiet.until <= now { acted = true }
      if let askAgain = command.askAgain, askAgain <= now {
        command.askAgain = nil
        acted = true
      }
    }
    commands.removeAll(where: \.isDone)
    if acted { advanceCommands() }
    for command in commands {
      if let deadline = command.deadline { reactor.note(deadline) }
      if let quiet = command.quiet { reactor.note(quiet.until) }
      if let askAgain = command.askAgain { reactor.note(askAgain) }
    }
  }

  /// The connection broke under its commands. Those that certainly did not start get one new session.
  private func lose(_ session: Session) {
    let reason = "the connection to \(endpoint.place) was lost: \(session.errorText)"
    drop()
    for command in commands {
      switch command.stage {
      case .opening where !command.wasMoved:
        command.wasMoved = true
        command.deadline = nil
        command.stage = .queued
      default:
        if case .running(let channel) = command.stage { conclude(command, channel) }
        if !command.isQueued { command.abandon(unstarted: endpoint.failure(.broken, reason), reason: reason) }
        if case .abandoned = command.stage { command.stage = .done }
      }
    }
    commands.removeAll(where: \.isDone)
    if !commands.isEmpty { queueHandshake() }
  }
}
