import Execution
import Model
import Platform
import TestSupport
import Testing
import Transport

/// The lock's script, read by real shells.
@Suite struct LockScriptTests {
  static let shells = ReceiptTests.shells
  private static let place = ".local/state/belay/locks/c"

  private static func cluster(_ names: [NodeName], spares: [NodeName] = []) -> Cluster {
    let place = SourceLocation(file: "inventory.yaml", line: 1, column: 1)
    return Cluster(
      name: ClusterName("c"), system: Located(SystemName("mini"), at: place),
      nodes: (names + spares).map {
        Node(
          name: $0, address: "127.0.0.1", state: spares.contains($0) ? .spare : .member, ssh: SSHSettings(),
          variables: [:], location: place)
      }, location: place)
  }

  /// Three members and a spare, which are directories of this machine.
  struct Cluster3 {
    let machines: [NodeName: LocalShell]
    let members = ["n1", "n2", "n3"].map { NodeName($0) }
    let spare = NodeName("s1")

    init(_ kind: LocalShell.Kind = .sh) throws {
      machines = try Dictionary(
        uniqueKeysWithValues: (members + [spare]).map { ($0, try LocalShell(kind)) })
    }

    func lock(_ interceptor: @escaping FakeTransport.Interceptor = { _ in .none }) -> ClusterLock {
      ClusterLock(LockScriptTests.cluster(members, spares: [spare]), through: transport(interceptor))
    }

    func transport(_ interceptor: @escaping FakeTransport.Interceptor = { _ in .none }) -> FakeTransport {
      FakeTransport(machines, interceptor)
    }

    func act(_ token: Int, run: String, on node: String, _ command: String) async throws -> Receipt.State {
      let receipt = Receipt(run: RunID(run), name: "a.0")
      let fence = Fence(cluster: ClusterName("c"), token: token)
      let result = try await transport().run(
        CommandRequest(
          node: NodeName(node), command: receipt.runCommand(command, timeoutSeconds: 10, fence: fence)))
      return Receipt.read(result).state
    }

    func text(_ node: String, _ file: String) -> String? { machines[NodeName(node)]?.text(file) }
  }

  private static func note(_ run: String, because: String? = nil) -> LockNote {
    LockNote(
      by: "it's \"me\" & ünïcode\n\u{1b}[31m", host: "laptop", processID: 4711,
      since: "2026-01-01T00:00:00.000Z", run: run,
      because: because)
  }

  @Test(
    "guarantee 8: one run holds a cluster; others hear who, since when, and on which machine",
    arguments: shells)
  func held(_ kind: LocalShell.Kind) async throws {
    let cluster = try Cluster3(kind)
    let lock = cluster.lock()
    let (fence, before) = try await lock.take(.begin(RunID("A")), note: Self.note("A"))
    #expect(fence.token == 1 && before.holding == nil && before.lastNote == LockNote())
    let holding = try #require(await lock.read().holding)
    #expect(holding.run == RunID("A") && holding.note == Self.note("A") && holding.nodes == cluster.members)
    #expect((50...60).contains(holding.leaseSeconds))
    await #expect(throws: LockRefusal.self) { try await lock.take(.begin(RunID("B")), note: Self.note("B")) }
    #expect(await lock.read().holding?.run == RunID("A"))
    #expect(cluster.text("s1", "\(Self.place)/record") == nil, "a spare is not asked before it is worked on")

    let held = HeldLock(lock, fence: fence, run: RunID("A"), note: Self.note("A"))
    await held.end()
    let free = await lock.read()
    #expect(free.holding == nil && free.token == 1 && free.lastNote?.run == "A")
    #expect(try await lock.take(.begin(RunID("B")), note: Self.note("B")).fence.token == 2)
  }

  @Test(
    "guarantee 3: a request that a node reads when its run has ended well and was forgotten starts nothing",
    arguments: shells)
  func tooLate(_ kind: LocalShell.Kind) async throws {
    let cluster = try Cluster3(kind)
    func forget(_ run: String, _ token: Int, on node: String) async throws {
      let fence = Fence(cluster: ClusterName("c"), token: token)
      _ = try await cluster.transport().run(
        CommandRequest(node: NodeName(node), command: Receipt.forgetCommand(run: RunID(run), fence: fence)))
    }
    #expect(try await cluster.act(1, run: "A", on: "n1", "echo a >> acts") == .done(exit: 0))
    // Nothing has reached this one until now.
    for node in ["n1", "s1"] {
      try await forget("A", 1, on: node)
      #expect(
        try await cluster.act(1, run: "A", on: node, "echo late >> acts") == .outranked(token: 1, run: ""))
    }
    #expect(cluster.text("n1", "acts") == "a\n" && cluster.text("s1", "acts") == nil)
    // Taken up again to be undone, it has another number; and it may be forgotten twice.
    try await forget("A", 1, on: "n1")
    #expect(try await cluster.act(2, run: "A", on: "n1", "echo b >> acts") == .done(exit: 0))
    try await forget("B", 3, on: "n1")
    try await forget("A", 2, on: "n1")
    #expect(
      try await cluster.act(3, run: "B", on: "n1", "echo late >> acts") == .outranked(token: 3, run: ""))
    #expect(cluster.text("n1", "acts") == "a\nb\n")
  }

  @Test(
    "guarantee 3: letting the lock go, and taking it, does not lose that a run was forgotten",
    arguments: shells)
  func stillTooLate(_ kind: LocalShell.Kind) async throws {
    let cluster = try Cluster3(kind)
    let lock = cluster.lock()
    let fence = try await lock.take(.begin(RunID("A")), note: Self.note("A")).fence
    #expect(try await cluster.act(fence.token, run: "A", on: "n1", "echo a >> acts") == .done(exit: 0))
    let forget = Receipt.forgetCommand(run: RunID("A"), fence: fence)
    _ = try await cluster.transport().run(CommandRequest(node: NodeName("n1"), command: forget))
    await HeldLock(lock, fence: fence, run: RunID("A"), note: Self.note("A")).end()
    let late = try await cluster.act(fence.token, run: "A", on: "n1", "echo late >> acts")
    #expect(late == .outranked(token: fence.token, run: ""))
    let next = try await lock.take(.begin(RunID("B")), note: Self.note("B")).fence
    #expect(try await cluster.act(next.token, run: "B", on: "n1", "echo b >> acts") == .done(exit: 0))
    #expect(cluster.text("n1", "acts") == "a\nb\n")
    #expect(cluster.text("n1", "\(Self.place)/record")?.hasSuffix("\n\(fence.token)\n") == true)
  }

  @Test(
    "guarantee 8: a node refuses an act with a lower token before it claims it, and learns a higher one",
    arguments: shells)
  func fenced(_ kind: LocalShell.Kind) async throws {
    let cluster = try Cluster3(kind)
    let lock = cluster.lock()
    _ = try await lock.take(.begin(RunID("A")), note: Self.note("A"))
    #expect(try await cluster.act(1, run: "A", on: "n1", "echo a >> acts") == .done(exit: 0))
    // Without a lock nothing is compared.
    let plain = try await cluster.transport().run(
      CommandRequest(
        node: NodeName("n2"),
        command: Receipt(run: RunID("x"), name: "a.0").runCommand("echo x >> acts", timeoutSeconds: 9)))
    #expect(Receipt.read(plain).state == .done(exit: 0))

    let (fence, _) = try await lock.take(.takeUp(RunID("A"), host: "laptop"), note: Self.note("A"))
    #expect(fence.token == 2)
    #expect(try await cluster.act(1, run: "A", on: "n2", "echo a >> acts") == .outranked(token: 2, run: "A"))
    #expect(cluster.text("n2", "acts") == "x\n")
    #expect(try await cluster.act(2, run: "A", on: "n2", "echo b >> acts") == .done(exit: 0))
    // What was done before is told to whoever asks, under whatever number.
    #expect(try await cluster.act(1, run: "A", on: "n1", "echo again >> acts") == .done(exit: 0))
    #expect(cluster.text("n1", "acts") == "a\n")
    // The spare was told when the run was taken up; and what it is told with an act, it keeps.
    #expect(try await cluster.act(1, run: "A", on: "s1", "echo a >> acts") == .outranked(token: 2, run: "A"))
    #expect(try await cluster.act(5, run: "C", on: "s1", "echo c >> acts") == .done(exit: 0))
    #expect(try await cluster.act(4, run: "D", on: "s1", "echo d >> acts") == .outranked(token: 5, run: "C"))
    #expect(cluster.text("s1", "acts") == "c\n")
  }

  @Test(
    "guarantee 8: what unlocks a cluster raises the token, and is told to the next run", arguments: shells)
  func unlocked(_ kind: LocalShell.Kind) async throws {
    let cluster = try Cluster3(kind)
    let lock = cluster.lock()
    let (fence, _) = try await lock.take(.begin(RunID("A")), note: Self.note("A"))
    await #expect(throws: LockRefusal.self) {
      try await lock.take(.unlock(force: false), note: Self.note("A", because: "x"))
    }
    #expect(await lock.read().holding?.run == RunID("A"))
    #expect(
      try await lock.take(.unlock(force: true), note: Self.note("A", because: "it burnt")).fence.token == 2)
    let view = await lock.read()
    #expect(view.holding == nil && view.lastNote?.because == "it burnt")
    #expect(try await cluster.act(1, run: "A", on: "s1", "echo a >> acts") == .outranked(token: 2, run: ""))
    // Its holder wakes up.
    let held = HeldLock(lock, fence: fence, run: RunID("A"), note: Self.note("A"), leaseSeconds: 0)
    guard case .takenOver(let reason)? = await held.obstacle() else {
      Issue.record("it was not told")
      return
    }
    #expect(reason.contains("unlocked") && reason.contains("it burnt"))
    await held.end()
    #expect(await lock.read() == view, "what is not its own any more it does not let go")
    #expect(
      try await lock.take(.begin(RunID("B")), note: Self.note("B")).before.lastNote?.because == "it burnt")
  }

  @Test func aLeaseIsRenewedAndReachesWhoMissedTheTaking() async throws {
    let cluster = try Cluster3()
    let partial = cluster.lock { $0.node == NodeName("n3") ? .refuse("off") : .none }
    let (fence, _) = try await partial.take(.begin(RunID("A")), note: Self.note("A"), leaseSeconds: 0)
    #expect(await cluster.lock().read().holding?.isFresh == false)
    #expect(cluster.text("n3", "\(Self.place)/record") == nil)
    let held = HeldLock(cluster.lock(), fence: fence, run: RunID("A"), note: Self.note("A"))
    #expect(await held.obstacle() == nil)
    #expect(await held.renewed() == nil)
    let holding = await cluster.lock().read().holding
    #expect(holding?.isFresh == true && holding?.nodes.count == 3)
  }

  @Test("guarantee 8: a holder that was away for longer than its lease asks before it acts")
  func awake() async throws {
    let cluster = try Cluster3()
    let (fence, _) = try await cluster.lock().take(.begin(RunID("A")), note: Self.note("A"))
    let long = ContinuousClock.now - .seconds(61)
    func woken(_ lock: ClusterLock) async -> LockLoss? {
      await HeldLock(lock, fence: fence, run: RunID("A"), note: Self.note("A"), takenAt: long).obstacle()
    }
    #expect(await woken(cluster.lock()) == nil)
    guard case .unconfirmed(let reason)? = await woken(cluster.lock { _ in .refuse("off") }) else {
      Issue.record("it acts although nobody confirms its lock")
      return
    }
    #expect(reason.contains("n1: off"))
  }

  @Test("guarantee 8: of two at once one gets it, whatever their messages do")
  func twoAtOnce() async throws {
    let cluster = try Cluster3()
    for round in 0..<4 {
      let fences = await withTaskGroup(of: Fence?.self) { group in
        for name in ["A\(round)", "B\(round)", "C\(round)"] {
          group.addTask {
            try? await cluster.lock().take(.begin(RunID(name)), note: Self.note(name)).fence
          }
        }
        return await group.reduce(into: [Fence]()) { fences, fence in if let fence { fences.append(fence) } }
      }
      #expect(fences.count <= 1)
      guard let fence = fences.first, let holding = await cluster.lock().read().holding else {
        #expect(await cluster.lock().read().holding == nil, "nobody got it, and it is free")
        continue
      }
      #expect(holding.token == fence.token)
      await HeldLock(cluster.lock(), fence: fence, run: holding.run, note: holding.note).end()
    }
  }

  @Test(
    "guarantee 8: a record that cannot be read lets nobody pass",
    arguments: ["", "x\n\n0\n\n", "-1\n\n0\n\n", "5\nA\n"])
  func damaged(_ record: String) async throws {
    let cluster = try Cluster3()
    for node in ["n1", "n2"] {
      let machine = try #require(cluster.machines[NodeName(node)])
      _ = try await machine.run("mkdir -p \(Self.place) && printf '%s' '\(record)' > \(Self.place)/record")
    }
    await #expect(throws: LockRefusal.self) {
      try await cluster.lock().take(.begin(RunID("A")), note: Self.note("A"))
    }
    #expect(await cluster.lock().read().silent[NodeName("n1")]?.contains("damaged") == true)
    guard case .unknown(let reason) = try await cluster.act(9, run: "A", on: "n1", "echo x >> acts") else {
      Issue.record("an act passed")
      return
    }
    #expect(reason.contains("damaged"))
    #expect(cluster.text("n1", "acts") == nil)
  }

  @Test(
    "what a node does with a lock is what the races suppose it does",
    arguments: [.sh, .busybox].filter(shells.contains))
  func script(_ kind: LocalShell.Kind) async throws {
    try await Campaign("a node's lock under \(kind)", ci: 4, soak: 500).run { one in
      let cluster = try Cluster3(kind)
      var model = LockNode()
      for step in 0..<12 {
        let token = Int.random(
          in: max(0, model.record.token - 1)...(model.record.token + 1), using: &one.random)
        let run = RunID(["A", "B"].randomElement(using: &one.random) ?? "")
        let fence = Fence(cluster: ClusterName("c"), token: token)
        let note = LockNote(by: ["x", "y"].randomElement(using: &one.random) ?? "")
        switch Int.random(in: 0..<4, using: &one.random) {
        case 0:
          let over = Int.random(in: max(0, token - 2)...token, using: &one.random)
          model.take(token, run: run, over: over, note: note)
          try await agree(
            one,
            LockScript.take(fence, run: run, over: over, leaseSeconds: 9, note: note), cluster, model)
        case 1:
          model.giveBack(token, run: run, note: note)
          try await agree(one, LockScript.giveBack(fence, run: run, note: note), cluster, model)
        case 2:
          model.letGo(token, run: run)
          try await agree(one, LockScript.letGo(fence, run: run), cluster, model)
        default:
          let receipt = Receipt(run: run, name: "act.\(step)")
          let answer = try await cluster.transport().run(
            CommandRequest(
              node: NodeName("n1"), command: receipt.runCommand("true", timeoutSeconds: 9, fence: fence)))
          let known = model.record
          let expected: Receipt.State =
            model.admits(token, run: run)
            ? .done(exit: 0) : .outranked(token: known.token, run: known.run?.rawValue ?? "")
          try one.expect(
            Receipt.read(answer).state == expected, "\(Receipt.read(answer).state), not \(expected)")
        }
      }
      return "agreed"
    }
  }

  private func agree(
    _ one: Campaign.Case, _ command: String, _ cluster: Cluster3, _ model: LockNode
  ) async throws {
    let result = try await cluster.transport().run(CommandRequest(node: NodeName("n1"), command: command))
    let record = try LockScript.answer(result).get()
    try one.expect(
      record.token == model.record.token && record.run == model.record.run
        && record.note == model.record.note,
      "\(command): \(record), not \(model.record)")
  }
}
