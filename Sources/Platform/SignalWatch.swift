internal import Glibc
internal import Synchronization

/// Ctrl-C, SIGTERM and SIGHUP as calls on a thread of their own, where anything may be done; a signal handler
/// may do next to nothing. While nobody asks for them they end the process, as they always did.
package enum SignalWatch {
  package typealias Handler = @Sendable (_ signal: String, _ count: Int) -> Void

  private static let handler = Mutex<(call: Handler, count: Int)?>(nil)

  /// Must happen before other threads start: they inherit that these signals wait for the watching thread.
  package static func begin() {
    var signals = watched
    _ = unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    var thread = pthread_t()
    _ = unsafe pthread_create(&thread, nil, watchSignals, nil)
  }

  package static func handle(_ call: @escaping Handler) { handler.withLock { $0 = (call, 0) } }
  package static func stopHandling() { handler.withLock { $0 = nil } }

  fileprivate static var watched: sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&set, signal) }
    return set
  }

  fileprivate static func received(_ signal: Int32) {
    var isRepeated = false
    let current = handler.withLock { state -> (call: Handler, count: Int)? in
      // A line that is lost hangs up more than once: the kernel says so, and so does the shell. Nobody has asked twice.
      isRepeated = signal == SIGHUP && (state?.count ?? 0) > 0
      if !isRepeated { state?.count += 1 }
      return state
    }
    if isRepeated { return }
    guard let current else { exitNow(128 + Int(signal)) }
    let names = [SIGINT: "Ctrl-C", SIGTERM: "SIGTERM", SIGHUP: "SIGHUP"]
    current.call(names[signal] ?? "signal \(signal)", current.count)
  }
}

private func watchSignals(_: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  var signals = SignalWatch.watched
  while true {
    var signal: Int32 = 0
    guard unsafe sigwait(&signals, &signal) == 0 else { return nil }
    SignalWatch.received(signal)
  }
}

/// For a main thread whose work is done by others: one of them ends the process.
package func waitForever() -> Never {
  while true { pause() }
}

/// Ends the process without unwinding: journals are on disk, and locks go with the process.
package func exitNow(_ code: Int) -> Never { Glibc._exit(Int32(code)) }
