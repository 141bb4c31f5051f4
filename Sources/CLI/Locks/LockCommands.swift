import Execution
import Journal
import Loading
import Model
import Planning
import Platform
import Report
import SSH
import Transport

extension Command {
  static let locks = Command(
    name: "locks", usage: "[CLUSTER…]",
    summary: "who holds a cluster, since when, on which machine, as its nodes say; changes nothing",
    flags: [.inventory, .forks, .timeout, .json]
  ) { arguments, session in
    let clusters = try session.clusters(arguments)
    var isAnswered = clusters.isEmpty
    for cluster in clusters {
      let view = try await cluster.withLock(arguments) { lock in await lock.read() }
      session.print(arguments.has(.json) ? view.json(cluster.name) : view.text(cluster.name))
      isAnswered = isAnswered || view.answered > 0
    }
    return isAnswered ? .done : .unreachable
  }

  static let unlock = Command(
    name: "unlock", usage: "CLUSTER --because TEXT",
    summary: "take a cluster from a run whose belay is dead and that nobody can resume",
    flags: [.inventory, .because, .confirm, .forks, .timeout]
  ) { arguments, session in
    guard arguments.positionals.count == 1, let cluster = try session.clusters(arguments).first else {
      throw UsageError("belay unlock needs one cluster; `belay locks` lists who holds which")
    }
    guard let because = arguments.value(.because), !because.isEmpty, because.utf8.count <= 1000 else {
      throw UsageError("belay unlock needs --because \"why\", in at most 1000 bytes: it is kept")
    }
    // A belay of this machine that still has it is stopped, not robbed.
    let local = try RunStore().lock(cluster.name, for: RunID("unlock"))
    defer { withExtendedLifetime(local) {} }
    return try await cluster.withLock(arguments) { lock in
      try await lock.unlock(because, arguments, session)
    }
  }
}

extension ClusterLock {
  fileprivate func unlock(_ because: String, _ arguments: Arguments, _ session: Session) async throws
    -> ExitCode
  {
    let view = await read(.unlock(force: true))
    guard view.answered >= view.majority else { throw Stop(.tooFew(view), cluster: cluster) }
    session.say(view.text(cluster))
    if view.holding == nil, view.highestToken == view.token {
      session.say("nobody holds it: nothing to unlock")
      return .done
    }
    var phrases: [String] = []
    if let holding = view.holding, holding.isFresh {
      session.say("its belay was heard of a moment ago: it may be in the middle of an act.")
      phrases = ["take \(cluster) from run \(holding.run)"]
    }
    let confirmed = try session.confirmDanger(phrases, arguments)
    var note = LockNote.ofThisProcess(run: view.holding?.run ?? RunID(""))
    note.because = because
    let log = try LocksLog.open(cluster)
    try log.append(.unlocking(view, note))
    let fence: Fence
    do {
      fence = try await take(.unlock(force: !confirmed.isEmpty), note: note).fence
    } catch {
      try log.append(.notUnlocked)
      throw Stop(error, cluster: cluster)
    }
    try log.append(.unlocked(fence))
    session.print(
      "\(cluster) is free; what still comes with a token below \(fence.token) is refused by its nodes")
    if let run = view.holding?.run {
      session.say("what run \(run) did is not undone: `belay resume \(run)` takes it up where it was started")
    }
    return .done
  }
}

extension Cluster {
  fileprivate func withLock<T: Sendable>(
    _ arguments: Arguments, _ body: (ClusterLock) async throws -> T
  ) async throws -> T {
    let transport = try SSHTransport(nodes.map { try SSHEndpoint($0, arguments) }, arguments)
    do {
      let result = try await body(ClusterLock(self, through: transport))
      await transport.close()
      return result
    } catch {
      await transport.close()
      throw error
    }
  }
}

extension Session {
  /// Those that are named, else all of the inventory's.
  fileprivate func clusters(_ arguments: Arguments) throws -> [Cluster] {
    guard let inventory = try loadInventory(inventoryPaths(arguments))?.value else {
      throw Stop(
        .usage, "there is no inventory, so there are no clusters",
        help: "name one with -i FILE, or try `belay lab up` and use the inventory it writes")
    }
    if arguments.positionals.isEmpty { return inventory.clusters }
    return try arguments.positionals.map { name in
      if let cluster = inventory.clusters.first(where: { $0.name.rawValue == name }) { return cluster }
      let near = suggestion(for: name, among: inventory.clusters.map(\.name.rawValue))
      throw Stop(.usage, "no cluster is called \"\(name)\"", help: near.map { "did you mean \"\($0)\"?" })
    }
  }
}
