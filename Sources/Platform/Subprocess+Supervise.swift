internal import Glibc

extension Subprocess {
  /// How long a group may take to end after SIGTERM before SIGKILL.
  private static var killGrace: Duration { .seconds(1) }
  /// How long outputs are still read after the program ended: a daemon it left may hold them for ever.
  private static var drainGrace: Duration { .milliseconds(100) }

  /// Blocks until the program has ended.
  func superviseToItsEnd(_ cancellation: Cancellation) throws(SubprocessFailure) -> SubprocessResult {
    let input = try makePipe()
    let output = try makePipe(closingOnFailure: [input])
    let errors = try makePipe(closingOnFailure: [input, output])
    let pid: Int32
    do {
      pid = try spawn(stdin: input.reader, stdout: output.writer, stderr: errors.writer, ownSession: false)
    } catch {
      for pipe in [input, output, errors] { pipe.closeBoth() }
      throw error
    }
    close(input.reader)
    close(output.writer)
    close(errors.writer)
    var supervision = Supervision(
      pid: pid, feed: Feed(input.writer, stdin), output: Drain(output.reader, outputLimit),
      errors: Drain(errors.reader, outputLimit))
    defer { supervision.close() }
    let start = ContinuousClock.now
    var verdict: SubprocessExit?
    var killAt: ContinuousClock.Instant?
    var tick = Duration.milliseconds(1)
    while !supervision.hasExited() {
      let now = ContinuousClock.now
      if verdict == nil, cancellation.isRequested || now - start >= timeout {
        verdict = cancellation.isRequested ? .cancelled : .timedOut
        kill(-pid, SIGTERM)
        killAt = now + Self.killGrace
      }
      if let deadline = killAt, now >= deadline {
        kill(-pid, SIGKILL)
        killAt = nil
      }
      let wasReading = supervision.isReading
      supervision.pump(waitingAtMost: tick)
      // An end normally shows at once as the end of both outputs, a moment before the program is gone; the longer
      // ticks are for programs that close them early or leave them to a child.
      let isEnding = wasReading && !supervision.isReading
      tick = isEnding ? .milliseconds(1) : min(tick * 2, .milliseconds(50))
    }
    // Whoever of the group ignored SIGTERM must not outlive a time-out.
    if verdict != nil { kill(-pid, SIGKILL) }
    let end = ContinuousClock.now
    while supervision.isReading, ContinuousClock.now - end < Self.drainGrace {
      supervision.pump(waitingAtMost: .milliseconds(10))
    }
    return SubprocessResult(
      exit: verdict ?? supervision.exit, stdout: supervision.output.captured,
      stderr: supervision.errors.captured)
  }

  private func makePipe(closingOnFailure others: [Pipe] = []) throws(SubprocessFailure) -> Pipe {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else {
      let code = errno
      for other in others { other.closeBoth() }
      throw failure(code, "make a pipe")
    }
    // `spawn` closes everything above 2 in the child, so two spawns at once cannot hold each other's ends.
    return Pipe(reader: privateEnd(ends[0]), writer: privateEnd(ends[1]))
  }
}

/// Closed on exec, and above 2: our own process may run with stdin closed, and an end numbered 0…2 would
/// be overwritten in the child.
private func privateEnd(_ descriptor: Int32) -> Int32 {
  guard descriptor < 3 else {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
  }
  let higher = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
  guard higher >= 0 else { return descriptor }
  close(descriptor)
  return higher
}

private struct Pipe {
  var reader: Int32
  var writer: Int32
  func closeBoth() {
    close(reader)
    close(writer)
  }
}

private func setNonBlocking(_ descriptor: Int32) { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }

/// What is still to be written to the program.
private struct Feed {
  var descriptor: Int32
  private let bytes: [UInt8]
  private var sent = 0

  init(_ descriptor: Int32, _ bytes: [UInt8]) {
    self.descriptor = descriptor
    self.bytes = bytes
    setNonBlocking(descriptor)
    if bytes.isEmpty { end() }
  }

  mutating func end() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  mutating func push() {
    let count = unsafe bytes.withUnsafeBytes { buffer in
      unsafe write(descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent)
    }
    if count > 0 {
      sent += count
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      // The program stopped reading: its exit status will say whether that matters.
      return end()
    }
    if sent == bytes.count { end() }
  }
}

/// What has been read from the program.
private struct Drain {
  var descriptor: Int32
  private(set) var captured = SubprocessOutput()
  private let limit: Int

  init(_ descriptor: Int32, _ limit: Int) {
    self.descriptor = descriptor
    self.limit = limit
    setNonBlocking(descriptor)
  }

  mutating func end() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  mutating func pull(_ buffer: inout [UInt8]) {
    let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    if count > 0 {
      captured.total += count
      captured.bytes += buffer[..<min(count, max(0, limit - captured.bytes.count))]
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      end()
    }
  }
}

/// A started program and the three pipes to it.
private struct Supervision {
  let pid: Int32
  var feed: Feed
  var output: Drain
  var errors: Drain
  private(set) var exit = SubprocessExit.status(0)
  private var buffer = [UInt8](repeating: 0, count: 65536)

  init(pid: Int32, feed: Feed, output: Drain, errors: Drain) {
    self.pid = pid
    self.feed = feed
    self.output = output
    self.errors = errors
  }

  var isReading: Bool { output.descriptor >= 0 || errors.descriptor >= 0 }

  mutating func close() {
    feed.end()
    output.end()
    errors.end()
  }

  mutating func hasExited() -> Bool {
    var status: Int32 = 0
    let ended = unsafe waitpid(pid, &status, WNOHANG)
    guard ended == pid else { return ended < 0 && errno == ECHILD }
    let signal = status & 0x7F
    exit = signal == 0 ? .status((status >> 8) & 0xFF) : .signal(signal)
    return true
  }

  /// Moves what can be moved; sleeps when nothing can, at most for so long.
  mutating func pump(waitingAtMost limit: Duration) {
    // poll ignores negative descriptors.
    var polled = [
      pollfd(fd: feed.descriptor, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: output.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: errors.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    guard unsafe poll(&polled, 3, Int32(limit / .milliseconds(1))) > 0 else { return }
    if polled[0].revents != 0 { feed.push() }
    if polled[1].revents != 0 { output.pull(&buffer) }
    if polled[2].revents != 0 { errors.pull(&buffer) }
  }
}
