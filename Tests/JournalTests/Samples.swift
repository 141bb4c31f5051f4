import Hashing
import Journal
import Model
import Platform

/// Journals to hurt.
enum Sample {
  static func entry(_ number: Int) -> JournalEntry {
    JournalEntry(kind: "act-done", data: ["step": .string("s\(number)"), "rc": 0])
  }

  /// As long as one likes.
  static func entry(_ number: Int, _ length: Int, kind: String = "act-done") -> JournalEntry {
    let text = String(repeating: "x", count: length)
    return JournalEntry(kind: kind, data: ["step": .string("s\(number)"), "out": .string(text)])
  }

  /// A journal of so many records, and its bytes.
  @discardableResult
  static func write(
    _ path: String, records: Int, storage: any JournalStorage = DiskStorage()
  ) throws -> [UInt8] {
    let writer = try JournalWriter.create(path, binding: ["plan": "p1"], storage: storage)
    try writer.append((1..<records).map(entry))
    return try readFile(path, limit: 1 << 24)
  }

  static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
    bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
  }

  static func joined(_ lines: [[UInt8]]) -> [UInt8] { lines.flatMap { $0 + [UInt8(ascii: "\n")] } }

  /// What a forger does who knows the format: new hashes for every record, with the documented recipe and not with our
  /// encoder.
  static func rechained(_ lines: [[UInt8]]) -> [[UInt8]] {
    var previous = String(repeating: "0", count: 64)
    return lines.enumerated().map { number, line in
      let text = String(decoding: line, as: UTF8.self)
      let start = text.firstRange(of: ",\"time\"")?.lowerBound ?? text.startIndex
      let end = text.firstRange(of: ",\"prev\"")?.lowerBound ?? text.endIndex
      let body = "{\"seq\":\(number)\(text[start..<end]),\"prev\":\"\(previous)\""
      previous = sha256(body).hex
      return Array("\(body),\"hash\":\"\(previous)\"}".utf8)
    }
  }
}

extension JournalContents {
  var steps: [String] { records.compactMap { $0.data["step"]?.stringValue } }
}
