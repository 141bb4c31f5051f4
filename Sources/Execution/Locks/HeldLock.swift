package import Model

/// A lock that a run has taken. While it lives it speaks up on the members now and then, beside the work and never in its
/// way; whoever was stopped for longer than the lease asks before it acts again.
package actor HeldLock: RunLock {
  package nonisolated let fence: Fence
  package nonisolated let run: RunID
  private let lock: ClusterLock
  private let note: LockNote
  private let leaseSeconds: Int
  private let clock: any RunClock
  /// When a majority was last known to hold it for us. It counts while the machine sleeps.
  private var confirmedAt: ContinuousClock.Instant
  private var loss: String?
  private var renewal: Task<Void, Never>?
  private var isKept = false
  private var touched: Set<NodeName> = []

  package init(
    _ lock: ClusterLock, fence: Fence, run: RunID, note: LockNote,
    takenAt: ContinuousClock.Instant? = nil, leaseSeconds: Int = ClusterLock.leaseSeconds,
    clock: any RunClock = SystemClock()
  ) {
    self.clock = clock
    self.lock = lock
    self.fence = fence
    self.run = run
    self.note = note
    self.leaseSeconds = leaseSeconds
    confirmedAt = takenAt ?? clock.now
  }

  /// Speaks up until `end`. `lost` is called once if somebody else has the lock.
  package func keepAlive(lost: @escaping @Sendable (String) async -> Void) {
    renewal?.cancel()
    renewal = Task { [weak self, clock] in
      while !Task.isCancelled {
        await clock.sleep(for: .seconds(ClusterLock.renewalSeconds))
        guard !Task.isCancelled, let self else { return }
        if case .takenOver(let reason)? = await self.renewed() { return await lost(reason) }
      }
    }
  }

  /// Why nothing may be started now; nil, without asking anybody, while the lease lasts.
  package func obstacle() async -> LockLoss? {
    if let loss { return .takenOver(loss) }
    if clock.now - confirmedAt < .seconds(leaseSeconds) { return nil }
    return await renewed()
  }

  /// Asks the members. A node that was told a higher number by mistake is not one of them.
  package func renewed() async -> LockLoss? {
    let start = clock.now
    let view = await lock.renew(fence, run: run, note: note, leaseSeconds: leaseSeconds)
    if let successor = view.successor(of: fence.token) {
      let reason = successor.takeover
      loss = reason
      return .takenOver(reason)
    }
    if view.isWon(LockView.Ticket(token: fence.token, over: 0), by: .begin(run), note) {
      confirmedAt = start
      return nil
    }
    return .unconfirmed(
      "the lock could not be confirmed on a majority of the members: "
        + (view.silent.isEmpty ? "they no longer know of it" : view.silence.joined(separator: "; ")))
  }

  /// What is to become of the lock at the end. `keeping`: it stays, for whoever takes the run up again. `touched`: nodes
  /// besides the members that know of it.
  package func prepareEnd(keeping: Bool, touched: Set<NodeName>) {
    isKept = keeping
    self.touched = touched
  }

  package func end() async {
    renewal?.cancel()
    renewal = nil
    if !isKept { await lock.letGo(fence, run: run, on: touched) }
  }
}

extension LockRecord {
  /// What it means for a run that had the lock before.
  var takeover: String {
    let who = note.by.isEmpty ? "" : " by \(note.by) on \(note.host), \(note.since)"
    if let run { return "the cluster was taken over for run \(run)\(who); its token is \(token) now" }
    if let because = note.because {
      return "the cluster was unlocked\(who): \(because); its token is \(token) now"
    }
    return "another run has had the cluster since; its token is \(token) now"
  }
}
