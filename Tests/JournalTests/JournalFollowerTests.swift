import Glibc
import Journal
import Model
import Platform
import TestSupport
import Testing

@Suite struct JournalFollowerTests {
  let directory = ScratchDirectory(inMemory: true)
  var path: String { directory.path(of: "j") }

  private func append(_ bytes: some Sequence<UInt8>) throws {
    try FileDescriptor.open(path, O_WRONLY | O_APPEND | O_CREAT).writeAll(Array(bytes))
  }

  private func cut(to size: Int) throws { try FileDescriptor.open(path, O_WRONLY).truncate(to: size) }

  private func all(_ follower: inout JournalFollower) throws -> [String] {
    var lines: [String] = []
    while true {
      let more = try follower.next()
      if more.isEmpty { return lines }
      lines += more.map { String(decoding: $0.bytes, as: UTF8.self) }
    }
  }

  @Test func givesEachRecordOnceItIsCompleteAndNotBefore() throws {
    let bytes = try Sample.write(directory.path(of: "whole"), records: 6)
    try append([])
    var follower = try JournalFollower(path)
    var seen: [String] = []
    for byte in bytes {
      try append([byte])
      let lines = try all(&follower)
      #expect(lines.count == (byte == 10 ? 1 : 0))
      seen += lines
      #expect(try (follower.incompleteByteCount() == 0) == (byte == 10))
    }
    #expect(seen == Sample.lines(bytes).map { String(decoding: $0, as: UTF8.self) })
    #expect(try follower.next().isEmpty)
  }

  @Test func anotherRecordMayTakeThePlaceOfOneThatWasCutShort() throws {
    let bytes = try Sample.write(directory.path(of: "whole"), records: 4)
    let lines = Sample.lines(bytes)
    try append(Sample.joined(Array(lines[..<2])) + lines[2].dropLast(5).map { $0 == 58 ? 59 : $0 })
    var follower = try JournalFollower(path)
    #expect(try all(&follower).count == 2)
    try cut(to: Sample.joined(Array(lines[..<2])).count)
    #expect(try all(&follower).isEmpty)
    try append(Sample.joined(Array(lines[2...])))
    #expect(try all(&follower).count == 2)
  }

  @Test func damageIsToldAfterTheRecordsBeforeIt() throws {
    var lines = Sample.lines(try Sample.write(directory.path(of: "whole"), records: 6))
    lines.remove(at: 3)
    try append(Sample.joined(lines))
    var follower = try JournalFollower(path)
    #expect(try follower.next().count == 3)
    for _ in 0..<2 {
      #expect {
        _ = try follower.next()
      } throws: { error in
        guard case .damaged(_, let findings) = error as? JournalError else { return false }
        return findings.first?.line == 4 && findings.first?.check == .sequence
      }
    }
  }

  @Test func recordsThatVanishAreDamage() throws {
    let bytes = try Sample.write(directory.path(of: "whole"), records: 3)
    try append(bytes)
    var follower = try JournalFollower(path)
    #expect(try all(&follower).count == 3)
    try cut(to: bytes.count - 1)
    #expect(throws: JournalError.self) { _ = try follower.next() }
  }

  /// Neither takes anything from the other.
  @Test func aFollowerKnowsTheWriterAndNeverBlocksIt() throws {
    try Sample.write(path, records: 2)
    var follower = try JournalFollower(path)
    #expect(try follower.writer() == .free)
    do {
      let (writer, _) = try JournalWriter.open(path)
      #expect(try follower.writer() == .held(by: Host.processID))
      #expect(try all(&follower).count == 2)
      try writer.append(Sample.entry(2))
      #expect(try all(&follower).count == 1)
    }
    #expect(try follower.writer() == .free)
  }

  @Test func whatIsNoFileIsRefused() throws {
    #expect(throws: JournalError.self) { _ = try JournalFollower(directory.path) }
    #expect(throws: JournalError.self) { _ = try JournalFollower(directory.path(of: "none")) }
  }
}
