import Execution
import Glibc
import Journal
import Model
import Platform
import Synchronization
import TestSupport
import Testing
import Transport

/// Each operation of a run's journal fails in turn, once or for good, at once or after some bytes.
@Suite struct RunFaultCampaign {
  private static let steps = """
    one: { act: One, at: n1, effect: { stop: n3 }, run: "true", rollback: { run: "true" } }
    two: { act: Two, at: n1, run: "true", rollback: { run: "true" } }
    three: { act: Three, at: n2, needs: [one], run: "true", rollback: { run: "true" } }
    """

  private static let kinds: [FaultyStorage.Fault] = [EIO, ENOSPC].flatMap { code in
    [false, true].flatMap { isForGood in
      [0, 40].map { FaultyStorage.Fault(at: 0, code: code, bytesWritten: $0, isForGood: isForGood) }
    }
  }

  @Test("guarantee 7: after a write or sync of the journal has failed no act starts")
  func noActAfterAFailure() async throws {
    let whole = FaultyStorage()
    let model = try Bench(Self.steps)
    #expect(try await model.start(model.instant { _ in }, storage: whole) == .done)
    let operations = whole.operations
    // CI takes one way of failing for each operation, a soak all of them.
    let size = operations.count
    try await Campaign("run-faults", ci: size, soak: size * Self.kinds.count).run { one in
      let operation = one.number % size
      var fault = Self.kinds[(operation + one.number / size) % Self.kinds.count]
      fault.operation = operation
      let storage = FaultyStorage(fault)
      return try await run(storage, fault, operations[operation], one)
    }
  }

  private func run(
    _ storage: FaultyStorage, _ fault: FaultyStorage.Fault, _ operation: String, _ one: Campaign.Case
  ) async throws -> String {
    let bench = try Bench(Self.steps)
    let late = Log()
    let transport = bench.instant { name in
      if storage.operations.count > fault.operation { late.add(name) }
    }
    let exit: ExitCode
    do {
      exit = try await bench.start(transport, storage: storage)
    } catch is JournalError {
      try one.expect(late.names.isEmpty, "\(operation) failed, and \(late.names) began after it")
      return "stopped"
    }
    switch operation {
    // What is short goes on in a second write; what had been reserved and stays so harms nobody.
    case "append", "releaseReserve":
      try one.expect(exit == .done, "\(operation): \(exit)")
      return "went on"
    // No room is no failed write: what was done is undone, within what had been reserved before.
    case "reserve" where fault.code == ENOSPC && !fault.isForGood:
      let events = try bench.events()
      let refusal = events.firstIndex { if case .finished(_, .refused, _) = $0 { true } else { false } }
      let intents = events[..<(refusal ?? 0)].compactMap { event in
        if case .intended(let task, _, _, _) = event { "\(task)" } else { nil }
      }
      // What had its room, and its intent, goes on beside the one that found none.
      try one.expect(
        late.names.allSatisfy { $0.contains(".undo.") || intents.contains($0) },
        "\(late.names) began without room")
      try one.expect([.refused, .rolledBack].contains(exit), "\(exit)")
      return "turned back for want of room"
    default: throw Campaign.Failure("\(operation) failed, and the run ended with \(exit)")
    }
  }

  private final class Log: Sendable {
    private let list = Mutex<[String]>([])
    var names: [String] { list.withLock { $0 } }
    func add(_ name: String) { list.withLock { $0.append(name) } }
  }
}
