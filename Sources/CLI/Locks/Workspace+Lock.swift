import Execution
import Model
import Planning
import Platform
import Synchronization

/// A run's hold on its cluster.
struct Hold: Sendable {
  let run: RunID
  /// The lock on the nodes; nil for what changes nothing, or is about no cluster.
  var lock: HeldLock?
  /// Who unlocked the cluster before, and why, if that is how it came to be free.
  var after: String?

  /// Renews the lock while the run goes on, stops the run when the lock is lost, and leaves the lock for whoever takes the
  /// run up again if the cluster may be half changed.
  func during(_ runner: Runner, _ body: () async throws -> ExitCode) async throws -> ExitCode {
    await lock?.keepAlive { reason in await runner.takenOver(by: reason) }
    func prepareEnd() async {
      await lock?.prepareEnd(keeping: await runner.mustKeepTheLock, touched: await runner.touchedNodes)
    }
    do {
      let code = try await body()
      await prepareEnd()
      return code
    } catch {
      await prepareEnd()
      throw error
    }
  }
}

extension Workspace {
  /// Holds the cluster for a new run while `body` plans and applies: what was planned before could be void by now.
  func holdingCluster(
    acts: Bool, _ session: Session, _ body: (Hold) async throws -> ExitCode
  ) async throws -> ExitCode {
    let run = RunStore.newRunID()
    let lock = try cluster.map { try RunStore().lock($0.name, for: run) }
    defer { withExtendedLifetime(lock) {} }
    return try await holdingNodes(.begin(run), acts: acts, session, body)
  }

  /// The caller has the cluster among the runs of this machine; this gets it among those of all others. `keeping`: a run
  /// that is taken up keeps it, should it not even begin to go on.
  func holdingNodes(
    _ claim: LockClaim, acts: Bool, keeping: Bool = false, _ session: Session,
    _ body: (Hold) async throws -> ExitCode
  ) async throws -> ExitCode {
    let run = claim.run
    guard acts, let cluster else { return try await body(Hold(run: run)) }
    let lock = ClusterLock(cluster, through: transport)
    let note = LockNote.ofThisProcess(run: run)
    let start = ContinuousClock.now
    // Until the run itself listens to signals, they must not end belay with the lock in its hands.
    let interruption = LockInterruption(session)
    let taken: (fence: Fence, before: LockView)
    do {
      taken = try await lock.take(claim, note: note)
    } catch {
      SignalWatch.stopHandling()
      throw Stop(error, cluster: cluster.name)
    }
    let held = HeldLock(lock, fence: taken.fence, run: run, note: note, takenAt: start)
    await held.prepareEnd(keeping: keeping, touched: [])
    await interruption.took(held)
    await held.keepAlive { _ in }
    let hold = Hold(run: run, lock: held, after: taken.before.lastNote?.unlocking)
    do {
      let code = try await body(hold)
      await held.end()
      SignalWatch.stopHandling()
      return code
    } catch {
      await held.end()
      SignalWatch.stopHandling()
      throw error
    }
  }
}

/// A signal while nothing but the lock is to be cleaned up: it is let go, then belay ends.
private final class LockInterruption: Sendable {
  private let state = Mutex<(lock: HeldLock?, isAsked: Bool)>((nil, false))

  init(_ session: Session) {
    SignalWatch.handle { [self] signal, count in
      if count > 1 { exitNow(ExitCode.interrupted.rawValue) }
      session.say("\(signal): nothing was changed")
      let lock = state.withLock { state in
        state.isAsked = true
        return state.lock
      }
      if let lock { Task { await Self.letGo(lock) } }
    }
  }

  func took(_ lock: HeldLock) async {
    let isAsked = state.withLock { state in
      state.lock = lock
      return state.isAsked
    }
    if isAsked { await Self.letGo(lock) }
  }

  private static func letGo(_ lock: HeldLock) async {
    await lock.end()
    exitNow(ExitCode.interrupted.rawValue)
  }
}

extension LockNote {
  static func ofThisProcess(run: RunID) -> LockNote {
    LockNote(
      by: Host.userName, host: Host.name, processID: Int(Host.processID), since: Timestamp.now.description,
      run: run.rawValue)
  }
}
