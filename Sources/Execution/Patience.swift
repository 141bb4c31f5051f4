/// How long somebody waits who is there: time in which belay did not run, because the machine slept or the process was
/// stopped, is not waiting. It is told by a pause that took far longer than was asked for. The clock goes on while the
/// machine sleeps, as what is waited for does on its node; one that stood still would not see the sleep at all.
struct Patience {
  typealias Instant = ContinuousClock.Instant

  /// A loaded machine wakes late too.
  static let lateness = Duration.seconds(5)

  private let clock: any RunClock
  private var deadline: Instant

  init(_ limit: Duration, clock: any RunClock) {
    self.clock = clock
    deadline = clock.now + limit
  }

  var isOver: Bool { clock.now >= deadline }
  var now: Instant { clock.now }

  /// Returns how long belay was away beyond the pause.
  @discardableResult
  mutating func pause(_ pause: Duration) async -> Duration {
    let start = clock.now
    await clock.sleep(for: pause)
    return forgive(clock.now - start, instead: pause)
  }

  /// What took so long that nobody can have been there to see it is given back.
  @discardableResult
  mutating func forgive(_ taken: Duration, instead expected: Duration) -> Duration {
    let absence = taken - expected
    guard absence > Self.lateness else { return .zero }
    deadline += absence
    return absence
  }
}
