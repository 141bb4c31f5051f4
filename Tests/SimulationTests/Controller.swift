import Execution
import Journal
import Model
import Transport

/// One life of belay's process: it can die at any of its operations, and nothing of it gets out afterwards.
final class Controller: @unchecked Sendable {
  enum Death: Hashable {
    case atDiskOperation(Int)
    case beforeRequest(Int)
    /// Once the request is on its way.
    case afterRequest(Int)
  }

  let world: World
  let death: Death?
  private(set) var isDead = false
  private(set) var requests = 0
  /// What the dead still believe of time.
  private var afterlife = 0
  private var waiting: [Int: () -> Void] = [:]
  private var waitersMade = 0
  var task: Task<Void, Never>?
  private let fault: MountedDisk.Fault?
  private(set) var diskOperations = 0
  var hasDiskFailed = false

  init(_ world: World, death: Death? = nil, fault: MountedDisk.Fault? = nil) {
    self.world = world
    self.death = death
    self.fault = fault
    world.controller = self
  }

  var storage: any JournalStorage { MountedDisk(world.disk, self, fault: fault) }

  func useDisk() -> Int {
    defer { diskOperations += 1 }
    if death == .atDiskOperation(diskOperations) { die() }
    return diskOperations
  }

  func die() {
    guard !isDead else { return }
    isDead = true
    world.note("the controller died")
    task?.cancel()
    task = nil
    let waiters = waiting.sorted { $0.key < $1.key }
    waiting = [:]
    for (_, wake) in waiters { wake() }
  }

  /// Waits for the world's answer, or for the controller's end.
  func wait<T: Sendable>(orDie dead: T, _ begin: (@escaping (T) -> Void) -> Void) async -> T {
    if isDead { return dead }
    return await withCheckedContinuation { continuation in
      let number = waitersMade
      waitersMade += 1
      waiting[number] = { continuation.resume(returning: dead) }
      begin { value in
        guard self.waiting.removeValue(forKey: number) != nil else { return }
        continuation.resume(returning: value)
      }
    }
  }
}

extension Controller: RunClock {
  var now: ContinuousClock.Instant {
    world.epoch.advanced(by: .milliseconds(world.simulator.now + afterlife))
  }

  func sleep(for duration: Duration) async {
    let parts = duration.components
    let milliseconds = max(1, Int(parts.seconds) * 1000 + Int(parts.attoseconds / 1_000_000_000_000_000))
    if isDead {
      afterlife += milliseconds
    } else {
      await wait(orDie: ()) { done in world.simulator.after(milliseconds) { done(()) } }
    }
  }
}

extension Controller: CommandTransport {
  func run(_ request: CommandRequest) async throws(TransportFailure) -> CommandResult {
    let number = requests
    requests += 1
    if death == .beforeRequest(number) { die() }
    let lost = Result<CommandResult, TransportFailure>.success(
      CommandResult(exit: .unknown(reason: "the controller died")))
    let answer = await wait(orDie: lost) { done in
      world.deliver(request, from: self, done)
      if death == .afterRequest(number) { die() }
    }
    return try answer.get()
  }

  func close() async {}
}
