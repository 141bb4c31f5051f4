import Glibc
import Journal
import Model
import Platform
import TestSupport
import Testing

/// A crash at any byte of a journal.
@Suite struct JournalCutCampaign {
  let directory = ScratchDirectory(inMemory: true)
  var path: String { directory.path(of: "j") }

  @Test(
    "guarantee 5: wherever a crash cuts a journal of 30 steps, every complete record stays and the rest is saved"
  )
  func everyByte() async throws {
    let journals = try (0..<(Campaign.isSoak ? 5 : 1)).map { try journal(shape: $0) }
    let whole = journals.map { $0.count + 1 }
    let count = whole.reduce(0, +)
    try await Campaign("journal-cut", ci: count, soak: count).run { one in
      var size = one.number
      var shape = 0
      while size >= whole[shape] {
        size -= whole[shape]
        shape += 1
      }
      return try recover(journals[shape], cutAt: size, one)
    }
  }

  private func recover(_ journal: [UInt8], cutAt size: Int, _ one: Campaign.Case) throws -> String {
    let end = journal[..<size].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    try overwrite(journal[..<size])
    let outcome = try JournalRepair.repair(path)
    try one.expect(holds(path, journal[..<end]), "cut at \(size): not every complete record is there")
    guard let outcome else {
      try one.expect(size == end, "cut at \(size): an incomplete record was left")
      if size > 0 {
        let (writer, contents) = try JournalWriter.open(path)
        try one.expect(contents.tornTail == nil, "cut at \(size): a tail where there is none")
        try writer.append(Sample.entry(1))
        try one.expect(
          try JournalVerification.verify(path).isSound, "cut at \(size): it does not go on soundly")
      }
      return "whole"
    }
    try one.expect(holds(outcome.savedTo, journal[end..<size]), "cut at \(size): the tail was not saved")
    try removeFile(outcome.savedTo)
    return "torn, saved and cut"
  }

  private func overwrite(_ bytes: ArraySlice<UInt8>) throws {
    let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC)
    _ = try file.write(bytes)
  }

  private func holds(_ path: String, _ bytes: ArraySlice<UInt8>) throws -> Bool {
    let found = try readFile(path, limit: 1 << 22)
    guard found.count == bytes.count else { return false }
    return unsafe found.withUnsafeBytes { a in
      unsafe bytes.withUnsafeBytes { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return true }
        return unsafe memcmp(a, b, bytes.count) == 0
      }
    }
  }

  private func journal(shape: Int) throws -> [UInt8] {
    let path = directory.path(of: "shape-\(shape)")
    guard shape > 0 else { return try Sample.write(path, records: 30) }
    let writer = try JournalWriter.create(path, binding: ["plan": "p1"])
    for number in 1..<30 {
      let data: Value =
        switch shape {
        // Records over several sectors, pages, and with every kind of byte.
        case 1: ["out": .string(String(repeating: "output \(number) ", count: 40 * (number % 5)))]
        case 2:
          [
            "out": .string(
              "\u{1B}]0;\u{202E}\u{0}\n\r\t\"\\ é 🧗 \u{2028}" + String(repeating: "ß", count: number))
          ]
        case 3: [.array([.number(Double(number)), [["deep": .null]], true, .number(-1.5e300)])]
        default: .null
        }
      try writer.append(JournalEntry(kind: "k\(number)", data: data), durable: number % 3 != 0)
    }
    return try readFile(path, limit: 1 << 22)
  }
}
