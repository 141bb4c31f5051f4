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
    /// The other takes over while the node reads what came with its command.
    case whileReading
    /// The node is told of the other while it writes down whose command has come to it.
    case whileClaiming
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
    if stop == .whileClaiming {
      // It has heard of nobody yet: whoever begins tells the members only.
      target = NodeName("s1")
      return
    }
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
    return ClusterLock(
      cluster,
      through: FakeTransport(machines) { request in
        if !hearing, request.node == deaf { return .refuse("off") }
        if !hearing, request.node == target, request.command.contains(" 'take' ") {
          try? mark("told")
        }
        return .none
      })
  }

  func play(_ one: Campaign.Case) async throws -> String {
    let own = LockNote(by: "A", host: "laptop", run: "A")
    let second = LockNote(by: "B", host: "laptop", run: "B", because: isTakenUp ? nil : "it sleeps")
    let (fence, _) = try await lock().take(.begin(RunID("A")), note: own, leaseSeconds: 0)
    let held = HeldLock(lock(), fence: fence, run: RunID("A"), note: own, leaseSeconds: 0)
    if stop != .whileClaiming {
      try one.expect(await act(1, fence, run: "A") == .done(exit: 0), "its first act")
    }
    if stop != .beforeTheLook { try one.expect(await held.renewed() == nil, "it still holds") }

    if stop == .whileReading { try slowDown(at: "act.2.in", until: "over") }
    if stop == .whileClaiming { try slowDown(at: "new", until: "told") }
    async let inFlight = sentMeanwhile(2, fence)
    if stop == .whileReading || stop == .whileClaiming { try await slowedDown() }
    let taken = try await takeOver(second)
    let wasClaimed = machines[target]?.text("\(Self.state)/receipts/A/act.2.boot") != nil
    try mark("over")
    let late: Receipt.State?
    switch stop {
    case .beforeTheLook:
      guard case .takenOver? = await held.obstacle() else {
        throw FixtureError("it was not told: \(target), deaf \(deaf?.rawValue ?? "nobody")")
      }
      late = nil
    case .afterTheLook: late = await act(2, fence, run: "A")
    case .whileSending, .whileReading, .whileClaiming: late = await inFlight
    }
    _ = await inFlight
    // Whoever took over can ask about what was claimed before; nothing is claimed and done after.
    if case .done? = late { try one.expect(wasClaimed, "\(stop): claimed after the cluster was taken over") }
    try one.expect(await act(3, taken, run: isTakenUp ? "A" : "B") == .done(exit: 0), "the other's act")
    // Whatever it tries now is refused where the other has acted.
    let last = await act(4, fence, run: "A")
    try one.expect(last == .outranked(token: taken.token, run: isTakenUp ? "A" : "B"), "\(last)")
    let log = (machines[target]?.text("acts") ?? "").split(separator: "\n").map(String.init)
    let first = stop == .whileClaiming ? [] : ["1"]
    switch late {
    case nil, .outranked?: try one.expect(log == first + ["3"], "\(stop): \(log)")
    case .done? where stop != .afterTheLook:
      try one.expect(Set(log) == Set(first + ["2", "3"]), "\(stop): \(log)")
    default: throw FixtureError("\(stop): \(late.map { "\($0)" } ?? "") although the cluster was taken over")
    }
    return late == .done(exit: 0)
      ? "done before it was taken over" : late == nil ? "noticed in time" : "refused by the node"
  }

  private static let state = ".local/state/belay"

  /// Once, the node takes its time to write that file down: until this mark is there, and a little longer.
  private func slowDown(at file: String, until mark: String) throws {
    try machines[target]?.install(
      "sync",
      script: """
        if [ "${1##*/}" = \(file) ] && mkdir "$HOME/slow" 2>/dev/null; then
          left=200
          until [ -e "$HOME/\(mark)" ] || [ $left = 0 ]; do sleep 0.01; left=$((left - 1)); done
          sleep 0.03
        fi
        PATH=${PATH#*:}; exec sync "$@"
        """)
  }

  private func mark(_ name: String) throws {
    try replaceFile(Path.join(machines[target]?.home ?? "", name), with: [], mode: 0o644)
  }

  private func slowedDown() async throws {
    let mark = Path.join(machines[target]?.home ?? "", "slow")
    for _ in 0..<10_000 where fileKind(mark) == nil { try await Task.sleep(for: .milliseconds(2)) }
    guard fileKind(mark) != nil else { throw FixtureError("\(target) writes nothing down") }
  }

  private func sentMeanwhile(_ number: Int, _ fence: Fence) async -> Receipt.State? {
    if stop == .beforeTheLook || stop == .afterTheLook { return nil }
    return await act(number, fence, run: "A")
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
