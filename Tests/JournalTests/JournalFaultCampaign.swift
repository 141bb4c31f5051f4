import Glibc
import Journal
import Model
import Platform
import TestSupport
import Testing

/// Each operation on a journal fails in turn.
@Suite struct JournalFaultCampaign {
  let directory = ScratchDirectory(inMemory: true)
  var path: String { directory.path(of: "j") }

  /// Failing once or for good, at once or after some bytes.
  private static let shapes: [FaultyStorage.Fault] =
    (Campaign.isSoak ? [EIO, ENOSPC, EDQUOT, EFBIG, EROFS] : [EIO, ENOSPC])
    .flatMap { code in
      [false, true].flatMap { isForGood in
        (Campaign.isSoak ? [0, 1, 7, 100, 511, 700] : [0, 7]).map { bytes in
          FaultyStorage.Fault(at: 0, code: code, bytesWritten: bytes, isForGood: isForGood)
        }
      }
    }

  /// A small run, act by act, as long as it goes. Gives the steps whose intent was acknowledged as durable.
  private func run(_ storage: FaultyStorage) -> (
    acknowledged: [String], failedAt: Int?, writer: JournalWriter?
  ) {
    guard let writer = try? JournalWriter.create(path, binding: [:], storage: storage) else {
      return ([], 0, nil)
    }
    var acknowledged: [String] = []
    for number in 1...5 {
      do {
        try writer.ensureSpace(1000)
        try writer.append(Sample.entry(number))
      } catch {
        return (acknowledged, number, writer)
      }
      acknowledged.append("s\(number)")
    }
    return (acknowledged, nil, writer)
  }

  @Test(
    "guarantee 7: after a write or sync has failed, nothing more is written, even when the disk has recovered"
  )
  func afterAFailureNothingMoreIsWritten() async throws {
    let dryRun = FaultyStorage()
    #expect(run(dryRun).failedAt == nil)
    try removeFile(path)
    let operations = dryRun.operations
    let count = operations.count * Self.shapes.count
    try await Campaign("journal-faults", ci: count, soak: count).run { one in
      var fault = Self.shapes[one.number % Self.shapes.count]
      fault.operation = one.number / Self.shapes.count
      let operation = operations[fault.operation]
      let storage = FaultyStorage(fault)
      do {
        let (acknowledged, failedAt, writer) = run(storage)
        // A short write alone is no failure: what comes after it tells.
        let isHarmless = operation == "append" && fault.bytesWritten > 0 && !fault.isForGood
        try one.expect((failedAt == nil) == isHarmless, "\(operation), number \(fault.operation)")
        if !isHarmless, let writer, operation == "append" || operation == "sync" {
          try expectPoisoned(writer, storage)
        }
        if fileKind(path) != nil {
          try one.expect(
            try JournalReader.read(path).steps.starts(with: acknowledged), "an acknowledged record is gone")
        }
      }
      try recover()
      return operation
    }
  }

  private func expectPoisoned(_ writer: JournalWriter, _ storage: FaultyStorage) throws {
    let size = try fileSize(path)
    let operations = storage.operations.count
    for _ in 0..<3 {
      let error = #expect(throws: JournalError.self) { try writer.append(Sample.entry(99)) }
      guard case .poisoned = error else {
        Issue.record("the writer is not poisoned: \(String(describing: error))")
        return
      }
    }
    #expect(throws: JournalError.self) { try writer.ensureSpace(1) }
    #expect(storage.operations.count == operations)
    #expect(try fileSize(path) == size)
    #expect(writer.failure != nil)
  }

  /// What a failed run leaves is a journal with at most a torn tail: the next belay repairs it and goes on.
  private func recover() throws {
    if fileKind(path) != nil {
      try JournalRepair.repair(path)
      if try !JournalReader.read(path).records.isEmpty {
        try JournalWriter.open(path).writer.append(Sample.entry(7))
        #expect(try JournalVerification.verify(path).isSound)
      }
    }
    for name in try listDirectory(directory.path) { try removeFile(directory.path(of: name)) }
  }

  @Test func aShortWriteAloneIsNoFailure() throws {
    for count in 1...50 {
      let storage = FaultyStorage(.init(at: 3, code: EIO, bytesWritten: count))
      #expect(run(storage).failedAt == nil)
      #expect(try JournalReader.read(path).steps.count == 5)
      try removeFile(path)
    }
  }

  @Test func aJournalThatIsNotInItsDirectoryYetIsLostWhole() throws {
    let storage = FaultyStorage(.init(at: 5, code: EIO))
    #expect(throws: JournalError.self) { try JournalWriter.create(path, binding: [:], storage: storage) }
    try storage.losePower()
    #expect(fileKind(path) == nil)
  }
}
