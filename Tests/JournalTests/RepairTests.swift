import Glibc
import Journal
import Model
import Platform
import TestSupport
import Testing

@Suite struct RepairTests {
  let directory = ScratchDirectory(inMemory: true)
  var path: String { directory.path(of: "j") }

  private func truncateTo(_ bytes: ArraySlice<UInt8>) throws {
    let file = try FileDescriptor.open(path, O_WRONLY | O_TRUNC)
    try file.writeAll(Array(bytes))
  }

  @Test func nothingIsAppendedToATornTail() throws {
    let whole = try Sample.write(path, records: 3)
    try truncateTo(whole.dropLast(5)[...])
    let error = #expect(throws: JournalError.self) { try JournalWriter.open(path) }
    #expect(error?.description.contains("bytes of an incomplete record, as a crash leaves it") == true)
    let contents = try JournalReader.read(path)
    #expect(contents.steps == ["s1"])
    #expect(contents.tornTail?.byteCount == Sample.lines(whole)[2].count - 4)
  }

  /// A filesystem that grew the file first leaves zeros where the record should be.
  @Test(arguments: [1, 511, 512, 513, 4096, 10_000])
  func zerosAtTheEndAreATornTail(count: Int) throws {
    let whole = try Sample.write(path, records: 3)
    try truncateTo((whole + [UInt8](repeating: 0, count: count))[...])
    #expect(try JournalRepair.repair(path)?.byteCount == count)
    #expect(try JournalReader.read(path).records.count == 3)
  }

  @Test func aLostSectorInTheLastRecordIsATornTail() throws {
    do {
      let writer = try JournalWriter.create(path, binding: [:])
      try writer.append(JournalEntry(kind: "output", data: .string(String(repeating: "x", count: 3000))))
    }
    var bytes = try readFile(path, limit: 1 << 20)
    for index in 1024..<1536 { bytes[index] = 0 }
    try truncateTo(bytes[...])
    #expect(try JournalReader.read(path).records.count == 1)
    #expect(try JournalReader.read(path).tornTail != nil)
    // The same loss with a record behind it cannot come from one crash.
    let behind = try Sample.write(directory.path(of: "other"), records: 1)
    try truncateTo((bytes + behind)[...])
    let error = #expect(throws: JournalError.self) { try JournalRepair.repair(path) }
    #expect(error?.description.contains("is damaged") == true)
  }

  @Test func aLostSectorAmongIntentsOfOneSyncIsATornTail() throws {
    var before: [UInt8] = []
    do {
      let writer = try JournalWriter.create(path, binding: [:])
      for number in 1...9 {
        try writer.append(Sample.entry(number, 400, kind: "intended"), durable: false)
      }
      before = try readFile(path, limit: 1 << 20)
      try writer.append(Sample.entry(10))
    }
    let after = try readFile(path, limit: 1 << 20)
    func lose(_ bytes: [UInt8]) throws {
      var bytes = bytes
      for sector in [2, 5] { for index in sector * 512..<(sector + 1) * 512 { bytes[index] = 0 } }
      try truncateTo(bytes[...])
    }
    try lose(before)
    let found = try JournalReader.read(path)
    #expect(found.steps == ["s1"])
    let kept = Sample.joined(Array(Sample.lines(before).prefix(2)))
    #expect(try JournalRepair.repair(path)?.byteCount == before.count - kept.count)
    // What comes after them is written only once they are on the disk.
    try lose(after)
    let error = #expect(throws: JournalError.self) { try JournalRepair.repair(path) }
    #expect(error?.description.contains("is damaged") == true)
    let damaged = try JournalReader.inspect(path)
    #expect(
      damaged.findings.count > 1 && damaged.findings.allSatisfy { $0.message.contains("block of zeros") })
    #expect(damaged.steps.first == "s1" && damaged.steps.last == "s10")
  }

  @Test func aZeroByteInTheMiddleIsDamage() throws {
    var bytes = try Sample.write(path, records: 3)
    bytes[bytes.count - 20] = 0
    try truncateTo(bytes[...])
    #expect(throws: JournalError.self) { try JournalRepair.repair(path) }
    #expect(try fileSize(path) == bytes.count)
  }

  @Test func damageIsNeverCutAway() throws {
    var bytes = try Sample.write(path, records: 5)
    bytes[bytes.count / 2] ^= 1
    try truncateTo(bytes.dropLast(3)[...])
    let error = #expect(throws: JournalError.self) { try JournalRepair.repair(path) }
    #expect(error?.description.contains("is damaged and cannot be relied on: line 3") == true)
    #expect(try readFile(path, limit: 1 << 20) == bytes.dropLast(3))
    #expect(try listDirectory(directory.path) == ["j"])
  }

  /// Each operation of a repair fails, or is the last before the power goes: the repair after that succeeds and no byte of
  /// the tail is lost.
  @Test(arguments: [false, true])
  func aRepairThatFailsHalfwayIsRepaired(losesPower: Bool) throws {
    let whole = try Sample.write(path, records: 4)
    let torn = whole.dropLast(7)
    let tailStart = (torn.lastIndex(of: UInt8(ascii: "\n")) ?? 0) + 1
    for operation in 0..<20 {
      try truncateTo(torn[...])
      let storage = FaultyStorage(.init(at: operation, code: EIO, isForGood: true))
      do {
        try JournalRepair.repair(path, storage: storage)
        #expect(operation >= 11)
      } catch { #expect(operation < 11) }
      if losesPower { try storage.losePower() }
      try JournalRepair.repair(path)
      #expect(try JournalReader.read(path).steps == ["s1", "s2"])
      let copies = try listDirectory(directory.path).filter { $0.contains(".torn-") }
      let saved = try copies.map { try readFile(directory.path(of: $0), limit: 1 << 20) }
      #expect(saved.contains(Array(torn[tailStart...])))
      for copy in copies { try removeFile(directory.path(of: copy)) }
    }
  }

  @Test func aHundredCrashesKeepAHundredTails() throws {
    let whole = try Sample.write(path, records: 2)
    for number in 1...100 {
      try truncateTo(whole.dropLast(number)[...])
      #expect(try JournalRepair.repair(path)?.savedTo == "\(path).torn-\(number)")
    }
  }
}
