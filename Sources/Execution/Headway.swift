/// Watches what is left to do while a step polls: when it has not shrunk for as long as the step has patience,
/// it never will, and waiting on only costs the night.
package struct Headway {
  private let patience: Duration
  private var least: Double?
  private var since: ContinuousClock.Instant?

  package init(patience: Duration) { self.patience = patience }

  /// Why nobody should wait any longer, or nil. What is not known is neither progress nor its absence for ever:
  /// it counts as time without progress.
  package mutating func stall(left: Double?, at now: ContinuousClock.Instant) -> String? {
    if let left, least.map({ left < $0 }) ?? true {
      least = left
      since = now
      return nil
    }
    let start = since ?? now
    since = start
    guard now - start >= patience else { return nil }
    let seconds = Int((now - start).components.seconds)
    guard let least else { return "stuck: for \(seconds) s nothing has said how much is left" }
    return "stuck: \(text(of: least)) left, and no less for \(seconds) s"
  }

  /// While nobody was there to look, nothing stood still.
  mutating func forgive(_ absence: Duration) { since = since.map { $0 + absence } }

  private func text(of number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }
}
