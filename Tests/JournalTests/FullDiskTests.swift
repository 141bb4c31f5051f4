import Glibc
import Journal
import Model
import Platform
import TestSupport
import Testing

/// A real disk that is really full. Mounting one takes root.
@Suite(.enabled(if: SmallDisk.isPossible, "mounting a small tmpfs needs root and the right to mount"))
struct FullDiskTests {
  @Test func theJournalStopsAndIsRepairedWhenThereIsRoomAgain() throws {
    let disk = try SmallDisk(kibibytes: 1024)
    let path = disk.path + "/runs/j"
    let ballast = disk.path + "/ballast"
    do {
      let writer = try JournalWriter.create(path, binding: [:])
      try writer.ensureSpace(1000)
      try fill(ballast)
      let error = #expect(throws: JournalError.self) { try writer.ensureSpace(1000) }
      #expect(error?.description.contains("free some space") == true)
      let big = JournalEntry(kind: "output", data: .string(String(repeating: "x", count: 10_000)))
      let failure = #expect(throws: JournalError.self) { try writer.append(big) }
      #expect(failure?.description.hasSuffix("No space left on device") == true)
      try removeFile(ballast)
      #expect(throws: JournalError.self) { try writer.append(Sample.entry(1)) }
    }
    #expect(try JournalRepair.repair(path) != nil)
    try JournalWriter.open(path).writer.append(Sample.entry(2))
    #expect(try JournalVerification.verify(path).isSound)
    #expect(try JournalReader.read(path).steps == ["s2"])
  }

  @Test func aFileIsReplacedWholeOrNotAtAll() throws {
    let disk = try SmallDisk(kibibytes: 256)
    let path = disk.path + "/file"
    try replaceFile(path, with: Array("old".utf8))
    let error = #expect(throws: SystemError.self) {
      try replaceFile(path, with: [UInt8](repeating: 1, count: 1 << 20))
    }
    #expect(error?.isOutOfSpace == true)
    #expect(try readFile(path, limit: 100) == Array("old".utf8))
    #expect(try listDirectory(disk.path) == ["file"])
  }

  private func fill(_ path: String) throws {
    let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT)
    do {
      while true { try file.writeAll([UInt8](repeating: 0, count: 4096)) }
    } catch {
      #expect(error.isOutOfSpace)
    }
  }
}

/// A tmpfs of a few pages, unmounted when the test is over.
final class SmallDisk {
  private let directory = ScratchDirectory()
  var path: String { directory.path }

  init(kibibytes: Int) throws {
    guard unsafe mount("none", directory.path, "tmpfs", 0, "size=\(kibibytes)k") == 0 else {
      throw SystemError("mount", directory.path, code: errno)
    }
  }

  deinit { unsafe umount2(directory.path, Int32(MNT_DETACH)) }

  static let isPossible = Host.isRoot && (try? SmallDisk(kibibytes: 64)) != nil
}
