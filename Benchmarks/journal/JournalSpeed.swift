internal import Glibc
internal import Hashing
internal import Journal
internal import Model
internal import Platform

/// How many records a second one thread encodes, chains and hashes, and what the hashing of the same bytes alone takes.
@main struct JournalSpeed {
  static let recordCount = 500_000
  static let batch = 64

  static func main() throws {
    let sink = Sink()
    let writer = try JournalWriter.create("/journal", binding: [:], storage: sink)
    // What each act of a run writes: its intent and its outcome.
    let entries = (0..<batch).map { number in
      let task: Value = ["index": 0, "step": .string("step-\(number)")]
      if number % 2 == 0 {
        return JournalEntry(
          kind: "intended",
          data: ["attempt": 1, "command": "systemctl restart etcd", "node": "n1", "task": task])
      }
      return JournalEntry(
        kind: "finished",
        data: [
          "outcome": ["done": [:]],
          "output": [
            "exit": 0, "out": [:], "stderr": "", "stderrBytes": 0, "stdout": "ok\n", "stdoutBytes": 3,
          ],
          "task": task,
        ])
    }
    try writer.append(entries)
    let all = try seconds {
      for start in stride(from: 0, to: recordCount, by: batch) {
        try writer.append(Array(entries.prefix(recordCount - start)))
      }
    }
    // What is hashed of each record: its line without the hash itself.
    let lines = sink.last.split(separator: UInt8(ascii: "\n")).map { Array($0.dropLast(75)) }
    var hasher = SHA256Hasher()
    let hashing = seconds {
      for number in 0..<recordCount {
        hasher.update(lines[number % lines.count])
        _ = hasher.finalize()
      }
    }
    let bytes = lines.reduce(0) { $0 + $1.count } / lines.count
    let result: Value = [
      "records": .number(Double(recordCount)), "bytes": .number(Double(bytes)), "seconds": .number(all),
      "hashing_seconds": .number(hashing),
    ]
    print(result.json())
  }

  /// Of this thread's processor time: whatever else the machine does is not the encoder's affair.
  private static func seconds(_ work: () throws -> Void) rethrows -> Double {
    var (start, end) = (timespec(), timespec())
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
    try work()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
    return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
  }
}

/// A disk that keeps only what was written last.
private final class Sink: JournalStorage, JournalFile, @unchecked Sendable {
  private(set) var last: [UInt8] = []

  func makeDirectory(_ path: String) throws(SystemError) {}
  func create(_ path: String) throws(SystemError) -> any JournalFile { self }
  func open(_ path: String) throws(SystemError) -> any JournalFile { self }
  func syncDirectory(_ path: String) throws(SystemError) {}
  func freeSpace(at path: String) throws(SystemError) -> Int { .max }
  func tryLock() throws(SystemError) -> Bool { true }
  func read(at offset: Int, upTo limit: Int) throws(SystemError) -> [UInt8] { [] }
  func append(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
    last = Array(bytes)
    return bytes.count
  }
  func sync() throws(SystemError) {}
  func truncate(to size: Int) throws(SystemError) {}
  func reserve(beyondEnd count: Int) throws(SystemError) -> Bool { true }
  func releaseReserve() throws(SystemError) {}
}
