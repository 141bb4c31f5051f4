package import Model
package import Transport

/// The lock of a cluster, as its nodes keep it. A majority of the members decides; without one nobody gets it.
package struct ClusterLock: Sendable {
  package let cluster: ClusterName
  package let members: [NodeName]
  /// Told of a number when somebody is fenced off with it, so that it counts there too.
  package let others: [NodeName]
  let transport: any CommandTransport

  /// How long a holder may stay silent before others may suppose it dead, and how often it speaks up.
  package static let leaseSeconds = 60
  static let renewalSeconds = 20

  /// A cluster that has no members yet is held on all of its nodes.
  package init(_ cluster: Cluster, through transport: any CommandTransport) {
    self.cluster = cluster.name
    let members = cluster.nodes.filter { $0.state == .member }.map(\.name)
    self.members = members.isEmpty ? cluster.nodes.map(\.name) : members
    others = members.isEmpty ? [] : cluster.nodes.map(\.name).filter { !members.contains($0) }
    self.transport = transport
  }

  package func read(_ claim: LockClaim? = nil) async -> LockView {
    await send(LockScript.read(cluster), to: nodes(for: claim))
  }

  /// Takes the lock or says why not. What a lost race leaves is given back.
  package func take(
    _ claim: LockClaim, note: LockNote, leaseSeconds: Int = ClusterLock.leaseSeconds
  ) async throws(LockRefusal) -> (fence: Fence, before: LockView) {
    let before = await read(claim)
    let ticket = try before.decide(claim)
    let fence = Fence(cluster: cluster, token: ticket.token)
    let nodes = nodes(for: claim)
    let after = await send(
      LockScript.take(fence, run: claim.run, over: ticket.over, leaseSeconds: leaseSeconds, note: note),
      to: nodes)
    if after.isWon(ticket, by: claim, note) {
      if case .unlock = claim { await letGo(fence, run: claim.run, on: Set(others)) }
      return (fence, before)
    }
    _ = await send(LockScript.giveBack(fence, run: claim.run, note: note), to: nodes)
    guard after.answered >= after.majority else { throw .tooFew(after) }
    let rival = after.holding.flatMap { $0.note == note ? nil : $0 }
    throw .outrun(by: rival)
  }

  /// Who takes over from somebody who may wake up tells everybody; who begins asks only those that decide.
  private func nodes(for claim: LockClaim?) -> [NodeName] {
    switch claim {
    case .takeUp, .unlock: members + others
    case .begin, nil: members
    }
  }

  func renew(_ fence: Fence, run: RunID, note: LockNote, leaseSeconds: Int) async -> LockView {
    await send(
      LockScript.take(fence, run: run, over: fence.token - 1, leaseSeconds: leaseSeconds, note: note),
      to: members)
  }

  func letGo(_ fence: Fence, run: RunID, on touched: Set<NodeName>) async {
    _ = await send(LockScript.letGo(fence, run: run), to: members + touched.subtracting(members).sorted())
  }

  private func send(_ command: String, to nodes: [NodeName]) async -> LockView {
    await withTaskGroup(of: (NodeName, Result<LockRecord, LockScript.Unreadable>).self) { group in
      for node in nodes {
        group.addTask {
          do throws(TransportFailure) {
            let result = try await transport.run(
              CommandRequest(node: node, command: command, timeout: .seconds(15), outputLimit: 1 << 16))
            return (node, LockScript.answer(result))
          } catch {
            return (node, .failure(LockScript.Unreadable(reason: error.message, help: error.help)))
          }
        }
      }
      return await group.reduce(into: LockView(members: members)) { view, answer in
        switch answer.1 {
        case .success(let record): view.records[answer.0] = record
        case .failure(let failure):
          view.silent[answer.0] = failure.reason
          view.helps[answer.0] = failure.help
        }
      }
    }
  }
}
