import Execution
import Journal
import Model
import Platform
import TestSupport
import Testing
import Transport

/// The disk of the controller fills up in the middle of a run.
@Suite(.enabled(if: SmallDisk.isPossible, "mounting a small disk needs root and the right to mount"))
struct FullDiskRunTests {
  private static let steps = """
    one: { act: One, at: n1, run: "true", rollback: { run: "true" } }
    two: { act: Two, at: n1, run: "true", rollback: { run: "true" } }
    three: { act: Three, at: n1, run: "true", rollback: { run: "true" } }
    """

  @Test(
    "guarantees 2 and 7: on a disk that has filled up nothing more is begun, and the way back is taken and recorded"
  )
  func theEndCanAlwaysBeWritten() async throws {
    let bench = try Bench(Self.steps)
    let disk = try SmallDisk(kibibytes: 16 << 10, at: bench.scratch.path)
    let transport = bench.instant(printing: 8 << 10) { name in
      if name == "two.0" { try disk.fill() }
    }
    #expect(try await bench.start(transport) == .rolledBack)
    let events = try bench.events()
    let refusals = events.compactMap { event in
      if case .finished(let key, .refused(let reason), _) = event { "\(key): \(reason)" } else { nil }
    }
    #expect(refusals.count == 1 && refusals[0].hasPrefix("three.0: only "), "\(refusals)")
    #expect(refusals.first?.contains("free some space") == true)
    #expect(try bench.replay().machine.phase == .ended(exit: 5))
    #expect(try JournalVerification.verify(bench.journalPath).isSound)
  }

  @Test("guarantee 6: undos that the full disk has no room for are owed, and that is recorded too")
  func whatCannotBeRecordedIsOwed() async throws {
    let acts = (10..<50).map {
      "a\($0): { act: A, at: n1, run: \"true\", rollback: { run: \"true\" } }"
    }
    let bench = try Bench((acts + ["check: { verify: V, at: n1, run: \"false\" }"]).joined(separator: "\n"))
    let disk = try SmallDisk(kibibytes: 16 << 10, at: bench.scratch.path)
    let transport = bench.instant(printing: 64 << 10) { name in
      if name == "a49.0" { try disk.fill() }
    }
    #expect(try await bench.start(transport) == .needsPerson)
    let replay = try bench.replay()
    #expect(replay.machine.phase == .ended(exit: 6))
    let outcomes = replay.events.compactMap { entry in
      if case .undoFinished(_, let outcome, _) = entry.event { outcome } else { nil }
    }
    let undone = outcomes.prefix { $0 == .undone }.count
    #expect(outcomes.count == 40 && (15..<25).contains(undone), "\(undone) of \(outcomes.count)")
    for outcome in outcomes.dropFirst(undone) {
      guard case .owed(let reason) = outcome else {
        Issue.record("\(outcome)")
        continue
      }
      #expect(reason.contains("free some space"))
    }
  }
}
