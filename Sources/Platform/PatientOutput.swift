internal import Glibc
internal import Synchronization

/// Standard error for those who must not wait for it: a thread of its own writes what they say. A terminal that was
/// halted, or whose line is gone, then stops nobody; what nobody can read any more is dropped.
package enum PatientOutput {
  private struct State {
    var pending: [UInt8] = []
    var isRunning = false
    var isWriting = false
    var isGone = false
    var dropped = 0
  }

  private static let state = Mutex(State())
  private static let bytesMax = 1 << 20

  /// From here on `say` returns at once.
  package static func begin() {
    let isFirst = state.withLock { state in
      defer { state.isRunning = true }
      return !state.isRunning
    }
    guard isFirst else { return }
    var thread = pthread_t()
    _ = unsafe pthread_create(&thread, nil, writeForOthers, nil)
  }

  /// False: nobody has begun, and the caller writes for itself.
  package static func say(_ text: String) -> Bool {
    state.withLock { state in
      guard state.isRunning else { return false }
      if state.isGone { return true }
      if state.pending.count + text.utf8.count > bytesMax {
        state.dropped += 1
      } else {
        state.pending += text.utf8
      }
      return true
    }
  }

  /// Returns once all was written, nobody is there to read it, or the time is up.
  package static func drain(within limit: Duration = .seconds(2)) {
    let deadline = MonotonicClock.now + UInt64(limit.components.seconds) * 1_000_000_000
    while MonotonicClock.now < deadline {
      let isDone = state.withLock { !$0.isRunning || $0.isGone || ($0.pending.isEmpty && !$0.isWriting) }
      if isDone { return }
      usleep(2_000)
    }
  }

  fileprivate static func take() -> [UInt8] {
    state.withLock { state in
      var bytes = state.pending
      if state.dropped > 0 { bytes += "(\(state.dropped) lines were not shown: nobody read them)\n".utf8 }
      state.pending = []
      state.dropped = 0
      state.isWriting = !bytes.isEmpty
      return bytes
    }
  }

  fileprivate static func wrote(_ isGone: Bool) {
    state.withLock { state in
      state.isWriting = false
      state.isGone = isGone
    }
  }
}

private func writeForOthers(_: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  // A reader that has gone away must not end the process: the signal goes to the thread that writes.
  var pipe = sigset_t()
  unsafe sigemptyset(&pipe)
  unsafe sigaddset(&pipe, SIGPIPE)
  _ = unsafe pthread_sigmask(SIG_BLOCK, &pipe, nil)
  while true {
    let bytes = PatientOutput.take()
    if bytes.isEmpty {
      usleep(10_000)
      continue
    }
    do {
      try StandardStream.error.write(bytes)
      PatientOutput.wrote(false)
    } catch {
      PatientOutput.wrote(true)
      return nil
    }
  }
}
