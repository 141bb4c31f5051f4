package import Model

/// The number under which a run holds its cluster. It only ever grows. Every act carries it to its node, and a node
/// that knows a higher one runs nothing: whoever has lost the cluster without noticing can do no harm there.
package struct Fence: Codable, Hashable, Sendable {
  package var cluster: ClusterName
  package var token: Int

  package init(cluster: ClusterName, token: Int) {
    self.cluster = cluster
    self.token = token
  }

  /// Numbers beyond are taken for damage: nobody counts that far, and a shell counts to little more.
  static let limit = 999_999_999_999_999
}

/// What a run asks of the lock that it holds. The least that a double needs is a fence.
package protocol RunLock: Sendable {
  var fence: Fence { get }
  /// Why nothing may be started now. It asks nobody while the lease lasts.
  func obstacle() async -> LockLoss?
  /// Asks the members whether it is still held.
  func renewed() async -> LockLoss?
}

extension RunLock {
  package func obstacle() async -> LockLoss? { nil }
  package func renewed() async -> LockLoss? { nil }
}

/// Why a run may not act now, although it once took the lock.
package enum LockLoss: Hashable, Sendable {
  /// Somebody holds the cluster under a higher number, or has unlocked it.
  case takenOver(String)
  /// Nobody has confirmed it for longer than the lease lasts, and nobody can be asked.
  case unconfirmed(String)
}
