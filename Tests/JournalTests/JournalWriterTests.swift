import Glibc
import Hashing
import Journal
import Model
import Platform
import TestSupport
import Testing

@Suite struct JournalWriterTests {
  let directory = ScratchDirectory()
  var path: String { directory.path(of: "runs/r1.jsonl") }

  @Test func whatIsWrittenIsReadBack() throws {
    let before = Timestamp.now
    let writer = try JournalWriter.create(path, binding: ["plan": "p1", "operator": "ann"])
    let data: Value = ["a": [1, .number(-2.5), true, .null], "text": "zwei\n\"Zeilen\" \\ é 🧗", "": [:]]
    try writer.append([JournalEntry(kind: "act-intended", data: data), Sample.entry(2)])
    let contents = try JournalReader.read(path)
    #expect(contents.format == 1)
    #expect(contents.records.map(\.kind) == ["run-started", "act-intended", "act-done"])
    #expect(contents.records.map(\.sequence) == [0, 1, 2])
    #expect(contents.records[0].data == ["format": 1, "plan": "p1", "operator": "ann"])
    #expect(contents.records[0].previous == .zero)
    #expect(contents.records[1].data == data)
    #expect(contents.records.allSatisfy { $0.time >= before && $0.time <= Timestamp.now })
    #expect(contents.records[2].monotonicNanoseconds >= contents.records[0].monotonicNanoseconds)
    #expect(contents.head == writer.head)
    #expect(contents.tornTail == nil)
  }

  @Test(
    "guarantee 1: a journal whose creator died before its name was on the disk is not gone on with before it is"
  )
  func namesAreSynced() throws {
    #expect(throws: JournalError.self) {
      // Made, locked, written and synced; then the directory is not.
      let whole = FaultyStorage()
      _ = try JournalWriter.create(directory.path(of: "other/j.jsonl"), binding: [:], storage: whole)
      let last = try #require(whole.operations.lastIndex(of: "syncDirectory"))
      _ = try JournalWriter.create(path, binding: [:], storage: FaultyStorage(.init(at: last, code: 5)))
    }
    let storage = FaultyStorage()
    let (writer, _) = try JournalWriter.open(path, storage: storage)
    #expect(storage.operations.contains("syncDirectory"))
    try writer.append(Sample.entry(1))
  }

  @Test func nobodyElseMayLook() throws {
    let previousMask = umask(0)
    defer { umask(previousMask) }
    try Sample.write(path, records: 1)
    #expect(try permissions(path) == 0o600)
    #expect(try permissions(directory.path(of: "runs")) == 0o700)
  }

  private func permissions(_ path: String) throws -> mode_t {
    try FileDescriptor.open(path, O_RDONLY).status().st_mode & 0o7777
  }

  @Test func neverWritesThroughALinkOrOverAFile() throws {
    let target = try directory.write("precious", to: "target")
    for (name, destination) in [("link", target), ("dangling", directory.path(of: "none"))] {
      try #require(unsafe symlink(destination, directory.path(of: name)) == 0)
      #expect(throws: JournalError.self) { try Sample.write(directory.path(of: name), records: 1) }
      #expect(throws: JournalError.self) { try JournalWriter.open(directory.path(of: name)) }
    }
    #expect(throws: JournalError.self) { try Sample.write(target, records: 1) }
    #expect(try readFile(target, limit: 100) == Array("precious".utf8))
    #expect(fileKind(directory.path(of: "none")) == nil)
  }

  @Test func theSecondWriterIsRefused() throws {
    let writer = try JournalWriter.create(path, binding: [:])
    let opening = #expect(throws: JournalError.self) { try JournalWriter.open(path) }
    #expect(opening?.description.contains("being written by another belay process") == true)
    #expect(throws: JournalError.self) { try JournalRepair.repair(path) }
    try writer.append(Sample.entry(1))
    #expect(try JournalReader.read(path).records.count == 2)
  }

  @Test func goesOnWhereAnotherEnded() throws {
    try Sample.write(path, records: 3)
    do {
      let (writer, contents) = try JournalWriter.open(path)
      #expect(contents.steps == ["s1", "s2"])
      #expect(writer.head == contents.head)
      try writer.append(Sample.entry(3))
    }
    #expect(try JournalReader.read(path).steps == ["s1", "s2", "s3"])
    #expect(try JournalVerification.verify(path).isSound)
  }

  @Test func aWaveOfIntentsSharesOneSync() throws {
    let storage = FaultyStorage()
    let writer = try JournalWriter.create(path, binding: [:], storage: storage)
    #expect(storage.operations == ["makeDirectory", "create", "lock", "append", "sync", "syncDirectory"])
    try writer.append((1...64).map(Sample.entry))
    #expect(storage.operations.dropFirst(6) == ["append", "sync"])
    try writer.append(Sample.entry(65), durable: false)
    #expect(storage.operations.dropFirst(8) == ["append"])
  }

  @Test func aRecordThatCannotBeExpressedLeavesNoTrace() throws {
    let writer = try JournalWriter.create(path, binding: [:])
    var deep: Value = 1
    for _ in 0..<400 { deep = [deep] }
    let unfit = [
      JournalEntry(kind: "Bad Kind", data: .null), JournalEntry(kind: "", data: .null),
      JournalEntry(kind: "deep", data: deep),
      JournalEntry(kind: "huge", data: .string(String(repeating: "x", count: JournalFormat.recordByteLimit))),
    ]
    for entry in unfit {
      #expect(throws: JournalError.self) { try writer.append([Sample.entry(1), entry]) }
    }
    #expect(writer.failure == nil)
    try writer.append(Sample.entry(2))
    #expect(try JournalReader.read(path).steps == ["s2"])
  }

  @Test func theDeepestDataIsReadBack() throws {
    let writer = try JournalWriter.create(path, binding: [:])
    var deep: Value = 1
    for _ in 0..<JournalFormat.depthLimit - 1 { deep = [deep] }
    try writer.append(JournalEntry(kind: "deep", data: deep))
    #expect(try JournalReader.read(path).records.last?.data == deep)
  }

  @Test func hasRoomForWhatComesOrSaysSo() throws {
    let storage = FaultyStorage()
    let writer = try JournalWriter.create(path, binding: [:], storage: storage)
    for canReserve in [true, false] {
      storage.pretendFreeSpace(4 << 20, canReserve: canReserve)
      try writer.ensureSpace(1 << 20)
      storage.pretendFreeSpace(1 << 20, canReserve: canReserve)
      let error = #expect(throws: JournalError.self) { try writer.ensureSpace(3 << 20) }
      #expect(error?.description.hasPrefix("only 1 MiB are free under \(path) and 5 MiB are needed") == true)
      #expect(throws: JournalError.self) { try writer.ensureSpace(.max) }
      // What was reserved is still there; where nothing can be, it has to be looked for again.
      if canReserve {
        try writer.ensureSpace(1 << 20)
      } else {
        #expect(throws: JournalError.self) { try writer.ensureSpace(1 << 20) }
      }
      writer.releaseReserve()
    }
    try writer.append(Sample.entry(1))
  }

  @Test func anEmptyFileIsARunThatNeverStarted() throws {
    let empty = try directory.write("", to: "empty")
    #expect(try JournalReader.read(empty).records.isEmpty)
    #expect(try JournalRepair.repair(empty) == nil)
    let error = #expect(throws: JournalError.self) { try JournalWriter.open(empty) }
    #expect(error?.description == "\(empty) holds no complete record: the run never started")
  }

  @Test(arguments: ["/dev/null", "/"])
  func whatIsNoFileIsNoJournal(path: String) {
    #expect(throws: JournalError.self) { try JournalReader.inspect(path) }
    #expect(throws: JournalError.self) { try JournalWriter.open(path) }
  }
}
