/// What time it is, and how to wait for another: nothing in a run asks anybody else, so that a test can live through
/// an hour of it in a moment.
package protocol RunClock: Sendable {
  var now: ContinuousClock.Instant { get }
  /// Returns early when the task is cancelled.
  func sleep(for duration: Duration) async
}

/// Time as it passes, also while the machine sleeps.
package struct SystemClock: RunClock {
  package init() {}
  package var now: ContinuousClock.Instant { .now }
  package func sleep(for duration: Duration) async {
    try? await Task.sleep(for: duration, clock: .continuous)
  }
}
