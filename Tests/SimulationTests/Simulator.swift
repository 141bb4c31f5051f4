import TestSupport

/// One thread on which everything of a simulation happens, in an order that its seed decides: which of the product's
/// jobs is next, and, when none is left, which of the world's events. Time stands still but for those.
final class Simulator: TaskExecutor, @unchecked Sendable {
  private struct Timer {
    var time: Int
    var number: Int
    var body: () -> Void
  }

  /// Milliseconds since the world began.
  private(set) var now = 0
  private(set) var jobsRun = 0
  private var jobs: [UnownedJob] = []
  /// The next one last.
  private var timers: [Timer] = []
  private var timersMade = 0
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed ^ 0x5EED) }

  func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

  func after(_ milliseconds: Int, _ body: @escaping () -> Void) {
    let timer = Timer(time: now + max(0, milliseconds), number: timersMade, body: body)
    timersMade += 1
    var place = timers.count
    while place > 0, timers[place - 1].time <= timer.time { place -= 1 }
    timers.insert(timer, at: place)
  }

  struct Stuck: Error, CustomStringConvertible {
    var description: String
  }

  /// Runs the task and everything that happens meanwhile.
  func run<T: Sendable>(
    jobLimit: Int = 200_000, started: (Task<Void, Never>) -> Void = { _ in },
    _ body: @escaping @Sendable () async throws -> T
  ) throws -> T {
    let box = Box<Result<T, any Error>?>(nil)
    started(
      Task(executorPreference: self) {
        do { box.value = .success(try await body()) } catch { box.value = .failure(error) }
      })
    let limit = jobsRun + jobLimit
    while box.value == nil {
      guard jobsRun < limit else { throw Stuck(description: "it goes on and on") }
      guard step() else { throw Stuck(description: "nothing can happen any more") }
    }
    // What the task's children leave behind is over before anything else begins.
    while !jobs.isEmpty { _ = step() }
    guard let result = box.value else { throw Stuck(description: "it has no result") }
    return try result.get()
  }

  /// Lets the world go on by itself.
  func wait(_ milliseconds: Int) {
    let end = now + milliseconds
    while !jobs.isEmpty || timers.last.map({ $0.time <= end }) == true { _ = step() }
    now = max(now, end)
  }

  func forget() { timers = [] }

  private func step() -> Bool {
    if !jobs.isEmpty {
      let index = jobs.count == 1 ? 0 : Int.random(in: 0..<jobs.count, using: &random)
      jobsRun += 1
      unsafe jobs.remove(at: index).runSynchronously(on: asUnownedTaskExecutor())
      return true
    }
    guard let timer = timers.popLast() else { return false }
    now = max(now, timer.time)
    timer.body()
    return true
  }
}

/// A value that only the simulation's one thread touches.
final class Box<T>: @unchecked Sendable {
  var value: T
  init(_ value: T) { self.value = value }
}
