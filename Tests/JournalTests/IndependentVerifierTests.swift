import Hashing
import Journal
import Model
import Platform
import TestSupport
import Testing

/// The format is described well enough when a stranger's verifier, made from the description alone, agrees with ours on
/// every journal: the verdict, the first bad line and the check that found it.
@Suite struct IndependentVerifierTests {
  let directory = ScratchDirectory(inMemory: true)

  private static let script = Path.join(
    FormatTests.repository, "Tests/JournalTests/Fixtures/verifier.py")

  @Test func aStrangersVerifierAgreesOnEveryTamperedJournal() async throws {
    var random = SeededRandom.fresh()
    let sound = try Sample.write(directory.path(of: "sound"), records: 9)
    let head = try #require(try JournalReader.read(directory.path(of: "sound")).head)
    var tamperer = Tamperer(sound, random)
    var cases: [[UInt8]] = [sound, []]
    for round in 0..<1100 { cases.append(tamperer.journal(round)) }
    random = tamperer.random
    for (number, bytes) in cases.enumerated() {
      try FixtureFiles.writeBytes(bytes, to: directory.path(of: name(number)), in: directory.path)
    }
    try removeFile(directory.path(of: "sound"))
    for saved in [nil, head] {
      let theirs = try await verdicts(saved)
      try #require(theirs.count == cases.count)
      var kinds: [Substring: Int] = [:]
      for (number, their) in theirs.enumerated() {
        let our = try verdict(directory.path(of: name(number)), saved)
        #expect(our == their, "seed \(random.seed), case \(number): ours, then theirs")
        kinds[
          our.split(separator: " ").first == "sound" ? "sound" : our.split(separator: " ")[1], default: 0] +=
          1
      }
      // A campaign that reaches only a part of the checks would prove only that part.
      for check in ["form", "hash", "sequence", "chain", "format", "torn-tail"]
        + (saved == nil ? ["sound"] : ["head"])
      {
        #expect(kinds[check[...], default: 0] > 4, "\(check): \(kinds), seed \(random.seed)")
      }
    }
  }

  private func name(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: 5 - digits.count) + digits
  }

  private func verdicts(_ head: JournalHead?) async throws -> [String] {
    let result = try await Subprocess(
      "python3", [Self.script, directory.path] + (head.map { [$0.description] } ?? []), outputLimit: 1 << 22
    ).run()
    let isDone = result.isSuccess
    try #require(isDone, "\(result.stderr.text)")
    return result.stdout.text.split(separator: "\n").map { String($0.drop { $0 != " " }.dropFirst()) }
  }

  private func verdict(_ path: String, _ head: JournalHead?) throws -> String {
    let report = try JournalVerification.verify(path, expecting: head)
    if let first = report.findings.first { return "\(first.line ?? 0) \(first.check.rawValue)" }
    return "sound \(report.recordCount) \(report.head?.description ?? "")"
  }
}

extension FixtureFiles {
  /// Without the syncs of a careful writer: thousands of these are thrown away again.
  fileprivate static func writeBytes(_ bytes: [UInt8], to path: String, in directory: String) throws {
    let file = try FileDescriptor.open(path, 0o101)
    try file.writeAll(bytes)
  }
}
