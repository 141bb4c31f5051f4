import Execution
import Model
import Platform
import TestSupport
import Testing
import Transport

/// Two controllers and real nodes: the one that holds the cluster is stopped somewhere and wakes up after the other took over.
@Suite struct FencingCampaign {
  @Test("guarantee 8: a holder that was stopped and wakes up after somebody took over does nothing more")
  func woken() async throws {
    try await Campaign("holders stopped past their lease", ci: 100, soak: 5_000).run { one in
      let stage = try FencingCase(&one)
      return try await stage.play(one)
    }
  }
}

private struct FencingCase {
  enum Stop: CaseIterable {
    /// It looks at its watch before its next act.
    case beforeTheLook
    /// It has looked, and its command is sent whenever it wakes up.
    case afterTheLook
    /// Its command is on its way while the other takes over.
    case whileSending
  }

  let stop: Stop
  let isTakenUp: Bool
  let members: [NodeName]
  let machines: [NodeName: LocalShell]
  /// Does not hear of the other; that happens where nobody can act either.
  let deaf: NodeName?
  let target: NodeName

  init(_ one: inout Campaign.Case) throws {
    let stop = Stop.allCases[one.number % Stop.allCases.count]
    self.stop = stop
    isTakenUp = Bool.random(using: &one.random)
    members = (1...Int.random(in: 1...3, using: &one.random)).map { NodeName("n\($0)") }
    machines = try Dictionary(
      uniqueKeysWithValues: (members + [NodeName("s1")]).map { ($0, try LocalShell()) })
    let nodes = members + [NodeName("s1")]
    let deaf =
      members.count == 3 && Bool.random(using: &one.random) ? members.randomElement(using: &one.random) : nil
    self.deaf = deaf
    // Who has looked and then sends to a node that nobody could tell is refused by nobody: the documented limit.
    target =
      nodes.filter { stop == .beforeTheLook || $0 != deaf }.randomElement(using: &one.random) ?? nodes[0]
  }

  private func lock(hearing: Bool = true) -> ClusterLock {
    let place = SourceLocation(file: "inventory.yaml", line: 1, column: 1)
    let nodes = (members + [NodeName("s1")]).map {
      Node(
        name: $0, address: "127.0.0.1", state: members.contains($0) ? .member : .spare, ssh: SSHSettings(),
        variables: [:], location: place)
    }
    let cluster = Cluster(
      name: ClusterName("c"), system: Located(SystemName("mini"), at: place), nodes: nodes, location: place)
    let deaf = deaf
    return ClusterLock(
      cluster, through: FakeTransport(machines) { !hearing && $0.node == deaf ? .refuse("off") : .none })
  }

  func play(_ one: Campaign.Case) async throws -> String {
    let first = LockNote(by: "A", host: "laptop", run: "A")
    let second = LockNote(by: "B", host: "laptop", run: "B", because: isTakenUp ? nil : "it sleeps")
    let (fence, _) = try await lock().take(.begin(RunID("A")), note: first, leaseSeconds: 0)
    let held = HeldLock(lock(), fence: fence, run: RunID("A"), note: first, leaseSeconds: 0)
    try one.expect(await act(1, fence, run: "A") == .done(exit: 0), "its first act")
    if stop != .beforeTheLook { try one.expect(await held.renewed() == nil, "it still holds") }

    async let inFlight: Receipt.State? = stop == .whileSending ? act(2, fence, run: "A") : nil
    let taken = try await takeOver(second)
    let late: Receipt.State?
    switch stop {
    case .beforeTheLook:
      guard case .takenOver? = await held.obstacle() else {
        throw FixtureError("it was not told: \(target), deaf \(deaf?.rawValue ?? "nobody")")
      }
      late = nil
    case .afterTheLook: late = await act(2, fence, run: "A")
    case .whileSending: late = await inFlight
    }
    if stop != .whileSending { _ = await inFlight }
    try one.expect(await act(3, taken, run: isTakenUp ? "A" : "B") == .done(exit: 0), "the other's act")
    // Whatever it tries now is refused where the other has acted.
    let last = await act(4, fence, run: "A")
    try one.expect(last == .outranked(token: taken.token, run: isTakenUp ? "A" : "B"), "\(last)")
    let log = (machines[target]?.text("acts") ?? "").split(separator: "\n").map(String.init)
    switch late {
    case nil, .outranked?: try one.expect(log == ["1", "3"], "\(stop): \(log)")
    case .done? where stop == .whileSending: try one.expect(Set(log) == ["1", "2", "3"], "\(stop): \(log)")
    default: throw FixtureError("\(stop): \(late.map { "\($0)" } ?? "") although the cluster was taken over")
    }
    return late == .done(exit: 0)
      ? "done before it was taken over" : late == nil ? "noticed in time" : "refused by the node"
  }

  private func takeOver(_ note: LockNote) async throws -> Fence {
    if isTakenUp {
      return try await lock(hearing: false).take(.takeUp(RunID("A"), host: "desk"), note: note).fence
    }
    _ = try await lock(hearing: false).take(.unlock(force: false), note: note)
    return try await lock(hearing: false).take(.begin(RunID("B")), note: note).fence
  }

  private func act(_ number: Int, _ fence: Fence, run: String) async -> Receipt.State {
    let receipt = Receipt(run: RunID(run), name: "act.\(number)")
    let request = CommandRequest(
      node: target, command: receipt.runCommand("echo \(number) >> acts", timeoutSeconds: 9, fence: fence))
    guard let result = try? await FakeTransport(machines, { _ in .none }).run(request) else { return .never }
    return Receipt.read(result).state
  }
}
