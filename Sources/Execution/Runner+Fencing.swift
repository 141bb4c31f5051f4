import Model

/// A run acts only while it holds its cluster.
extension Runner {
  /// Whether the next act may be started. A lock that nobody can confirm is told to `otherwise`; one that is lost stops the
  /// run.
  func stillHolds(or otherwise: (String) -> Void) async -> Bool {
    switch await world.lock?.obstacle() {
    case nil: return machine.takenOver == nil
    case .takenOver(let reason): takenOver(by: reason)
    case .unconfirmed(let reason): otherwise(reason)
    }
    return false
  }

  /// belay's own machine is no part of the cluster, and may have worked for others of its name.
  func fence(for node: NodeName) -> Fence? { node == .controller ? nil : world.lock?.fence }

  /// A node has refused an act. Whether the lock is lost, the members know; if it is not, the node has a number of some
  /// other time.
  func outranked(by token: Int, of run: String, on node: NodeName) async -> String {
    let own = world.lock?.fence.token ?? 0
    let refusal =
      token <= own
      ? "\(node) refused it: it was told that the run with token \(own) has ended"
      : "\(node) refused it: it knows token \(token)\(run.isEmpty ? "" : " of run \(run)"), and this run has \(own)"
    switch await world.lock?.renewed() {
    case .takenOver(let reason): takenOver(by: "\(reason) (\(refusal))")
    case .unconfirmed: takenOver(by: refusal)
    case nil:
      return refusal + ", which the members confirm; after this run, `belay unlock` raises theirs above it"
    }
    return refusal
  }
}
