import Journal
import Model
import Platform
import TestSupport
import Testing

/// A real disk that is really full. Mounting one takes root.
@Suite(.enabled(if: SmallDisk.isPossible, "mounting a small disk needs root and the right to mount"))
struct FullDiskTests {
  private let big = JournalEntry(kind: "output", data: .string(String(repeating: "x", count: 100_000)))

  @Test(
    "what was reserved can be written on a full disk; after that the writer stops, until there is room again")
  func theReserveIsThere() throws {
    let disk = try SmallDisk(kibibytes: 8192)
    let path = disk.path(of: "runs/j")
    do {
      let writer = try JournalWriter.create(path, binding: [:])
      try writer.ensureSpace(200_000)
      try disk.fill()
      // Room that was taken is not asked for again, and more is not to be had.
      try writer.ensureSpace(200_000)
      let error = #expect(throws: JournalError.self) { try writer.ensureSpace(1 << 20) }
      #expect(error?.description.contains("free some space") == true)
      for _ in 0..<22 { try writer.append(big) }
      let failure = #expect(throws: JournalError.self) { try writer.append(big) }
      #expect(failure?.description.hasSuffix("No space left on device") == true)
      try disk.empty()
      #expect(throws: JournalError.self) { try writer.append(Sample.entry(1)) }
    }
    #expect(try JournalRepair.repair(path) != nil)
    try JournalWriter.open(path).writer.append(Sample.entry(2))
    #expect(try JournalVerification.verify(path).isSound)
    #expect(try JournalReader.read(path).steps == ["s2"])
  }

  @Test func whatWasNotNeededIsGivenBack() throws {
    let disk = try SmallDisk(kibibytes: 8192)
    let path = disk.path(of: "runs/j")
    let writer = try JournalWriter.create(path, binding: [:])
    let before = try freeSpace(at: disk.path)
    try writer.ensureSpace(1 << 20)
    #expect(try freeSpace(at: disk.path) <= before - 3 << 20)
    #expect(try fileSize(path) < 1000)
    writer.releaseReserve()
    #expect(try freeSpace(at: disk.path) == before)
    try writer.append(Sample.entry(1))
    #expect(try JournalVerification.verify(path).isSound)
  }

  @Test func aFileIsReplacedWholeOrNotAtAll() throws {
    let disk = try SmallDisk(kibibytes: 256)
    let path = disk.path(of: "file")
    try replaceFile(path, with: Array("old".utf8))
    let error = #expect(throws: SystemError.self) {
      try replaceFile(path, with: [UInt8](repeating: 1, count: 1 << 20))
    }
    #expect(error?.isOutOfSpace == true)
    #expect(try readFile(path, limit: 100) == Array("old".utf8))
    #expect(try listDirectory(disk.path) == ["file"])
  }
}
