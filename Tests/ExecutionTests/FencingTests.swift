import Execution
import Model
import Platform
import Synchronization
import TestSupport
import Testing
import Transport

/// A run and the lock it holds its cluster by.
@Suite struct FencingTests {
  /// A lock whose holder is told whatever the test wants it to hear.
  private final class ToldLock: RunLock {
    let fence: Fence
    private let loss: Mutex<LockLoss?>
    private let isAsked: Bool

    init(_ token: Int, loss: LockLoss? = nil, whenAsked: Bool = true) {
      fence = Fence(cluster: ClusterName("c"), token: token)
      self.loss = Mutex(loss)
      isAsked = whenAsked
    }

    func obstacle() async -> LockLoss? { isAsked ? nil : loss.withLock { $0 } }
    func renewed() async -> LockLoss? { loss.withLock { $0 } }
  }

  private static let steps = """
    one:
      act: One
      at: n1
      run: echo one >> ${node.home}/acts
      rollback: { run: "echo undo-one >> ${node.home}/acts" }
    two:
      act: Two
      at: n1
      run: echo two >> ${node.home}/acts
      rollback: { run: "echo undo-two >> ${node.home}/acts" }
    check: { verify: Check, at: n1, run: "CHECK", expect: "true" }
    """

  private func bench(_ lock: ToldLock, check: String = "true") throws -> Bench {
    var bench = try Bench(Self.steps.replacing("CHECK", with: check))
    bench.lock = lock
    return bench
  }

  /// As another run leaves it that has taken the cluster over.
  private func raise(_ bench: Bench, to token: Int) async throws {
    let machine = try #require(bench.machines[NodeName("n1")])
    let fence = Fence(cluster: ClusterName("c"), token: token)
    let command = LockScript.take(fence, run: RunID("other"), over: token, leaseSeconds: 60, note: LockNote())
    #expect(try await machine.run(command).isSuccess)
  }

  private static let over = LockLoss.takenOver("the cluster was taken over for run other")

  @Test("guarantee 8: every act and undo carries the token, in no more commands than without")
  func carried() async throws {
    let plain = try Bench(Self.steps.replacing("CHECK", with: "false"))
    let wire = plain.transport()
    #expect(try await plain.start(wire) == .rolledBack)

    var locked = try bench(ToldLock(7), check: "false")
    let fenced = locked.transport()
    #expect(try await locked.start(fenced) == .rolledBack)
    #expect(fenced.requests.count == wire.requests.count)
    let acts = fenced.requests.filter(\.isAct)
    #expect(acts.count == 4 && acts.allSatisfy { $0.command.hasSuffix(" 'c' '7'") })
    #expect(
      locked.machines[NodeName("n1")]?.text(".local/state/belay/locks/c/record")?.hasPrefix("7\nrun-1\n")
        == true)
    locked.lock = nil
    #expect(try locked.replay().machine.fence == Fence(cluster: ClusterName("c"), token: 7))
  }

  @Test("guarantee 8: a run that was taken over stops where it is, and can be taken up under a higher token")
  func takenOver() async throws {
    var bench = try bench(ToldLock(7, loss: Self.over))
    let stage = bench
    let transport = bench.transport { request in
      if request.runs("two.0") { try? await self.raise(stage, to: 8) }
      return .none
    }
    #expect(try await bench.start(transport) == .busy)
    #expect(bench.acts() == ["one"], "nothing is done, and nothing undone")
    let events = try bench.events()
    guard case .takenOver(let reason)? = events.first(where: { $0.kind == "takenOver" }) else {
      Issue.record("\(events.map(\.kind))")
      return
    }
    #expect(reason.contains("run other") && reason.contains("token 8 of run other, and this run has 7"))
    #expect(try bench.replay().machine.actions == [])

    bench.lock = ToldLock(9)
    #expect(try await bench.resume(bench.transport()) == .done)
    #expect(bench.acts() == ["one", "two"])
  }

  @Test("guarantee 8: so does one that is taken over on its way back")
  func takenOverWhileUnwinding() async throws {
    var bench = try bench(ToldLock(7, loss: Self.over), check: "false")
    let stage = bench
    let transport = bench.transport { request in
      if request.runs("one.0.undo.1") { try? await self.raise(stage, to: 8) }
      return .none
    }
    #expect(try await bench.start(transport) == .busy)
    #expect(bench.acts() == ["one", "two", "undo-two"])
    bench.lock = ToldLock(9)
    #expect(try await bench.resume(bench.transport()) == .rolledBack)
    #expect(bench.acts() == ["one", "two", "undo-two", "undo-one"])
  }

  @Test("guarantee 8: a holder that learns of it before its act sends none")
  func knowsBefore() async throws {
    let bench = try bench(ToldLock(7, loss: Self.over, whenAsked: false))
    let transport = bench.transport()
    #expect(try await bench.start(transport) == .busy)
    #expect(transport.requests.allSatisfy { !$0.isAct })
    #expect(try bench.events().allSatisfy { $0.kind != "intended" })
  }

  @Test("guarantee 8: what nobody can confirm is not relied on")
  func unconfirmed() async throws {
    let bench = try bench(ToldLock(7, loss: .unconfirmed("nobody answers"), whenAsked: false))
    let transport = bench.transport()
    #expect(try await bench.start(transport) == .refused)
    #expect(transport.requests.allSatisfy { !$0.isAct })
    #expect(try bench.replay().machine.firstFailure?.contains("nobody answers") == true)
  }

  @Test func aNodeWithANumberOfAnotherLifeIsAFailedStepAndNotTheEndOfTheRun() async throws {
    let bench = try bench(ToldLock(7))
    try await raise(bench, to: 57)
    #expect(try await bench.start(bench.transport()) == .rolledBack)
    #expect(bench.acts() == [])
    let failure = try #require(try bench.replay().machine.firstFailure)
    #expect(
      failure.contains("it knows token 57 of run other") && failure.contains("belay unlock"), "\(failure)")
  }
}
