import Glibc
import Journal
import Model
import Platform
import TestSupport
import Testing

@Suite struct FaultTests {
  let directory = ScratchDirectory(inMemory: true)
  var path: String { directory.path(of: "j") }

  static let faults: [FaultyStorage.Fault] = [EIO, ENOSPC].flatMap { code in
    [
      FaultyStorage.Fault(at: 0, code: code), FaultyStorage.Fault(at: 0, code: code, isForGood: true),
      FaultyStorage.Fault(at: 0, code: code, bytesWritten: 7, isForGood: true),
    ]
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

  /// Guarantee 7, with each operation of a run failing in turn: what was acknowledged is there, and after a failed write or
  /// sync nothing more is written, even when the disk has recovered.
  @Test(arguments: faults)
  func afterAFailureNothingMoreIsWritten(fault: FaultyStorage.Fault) throws {
    let dryRun = FaultyStorage()
    #expect(run(dryRun).failedAt == nil)
    try removeFile(path)
    for (number, operation) in dryRun.operations.enumerated() {
      var fault = fault
      fault.operation = number
      let storage = FaultyStorage(fault)
      do {
        let (acknowledged, failedAt, writer) = run(storage)
        #expect(failedAt != nil, "\(operation), number \(number)")
        if let writer, operation == "append" || operation == "sync" {
          try expectPoisoned(writer, storage)
        }
        if fileKind(path) != nil {
          #expect(try JournalReader.read(path).steps.starts(with: acknowledged))
        }
      }
      try recover()
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

  /// Guarantee 1: whatever a power loss takes, no acknowledged record is among it.
  @Test func powerLossTakesOnlyWhatWasNeverAcknowledged() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let storage = FaultyStorage()
      var durable: JournalHead?
      do {
        let writer = try JournalWriter.create(path, binding: [:], storage: storage)
        durable = writer.head
        for number in 0..<Int.random(in: 0..<8, using: &generator) {
          let isDurable = Bool.random(using: &generator)
          let head = try writer.append(Sample.entry(number), durable: isDurable)
          if isDurable { durable = head }
        }
      }
      try storage.losePower(keeping: Int.random(in: 0..<700, using: &generator))
      try JournalRepair.repair(path)
      #expect(try JournalVerification.verify(path, expecting: durable).isSound)
      for name in try listDirectory(directory.path) { try removeFile(directory.path(of: name)) }
    }
  }

  @Test func aJournalThatIsNotInItsDirectoryYetIsLostWhole() throws {
    let storage = FaultyStorage(.init(at: 5, code: EIO))
    #expect(throws: JournalError.self) { try JournalWriter.create(path, binding: [:], storage: storage) }
    try storage.losePower()
    #expect(fileKind(path) == nil)
  }
}
