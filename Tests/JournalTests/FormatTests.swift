import Glibc
import Journal
import Model
import Platform
import TestSupport
import Testing

/// The promises of `docs/journal-format.md` to readers of other times and other programs.
@Suite struct FormatTests {
  let directory = ScratchDirectory()

  static let repository = (0..<3).reduce(#filePath) { path, _ in Path.parent(of: path) }
  static let fixtures = Path.join(repository, "Tests/Fixtures/journals")

  /// Journals that earlier versions wrote stay readable, down to the hash of the last record.
  @Test func journalsOfFormatOneStayReadable() throws {
    let path = Path.join(Self.fixtures, "v1.jsonl")
    let contents = try JournalReader.read(path)
    #expect(contents.format == 1)
    #expect(contents.records.map(\.kind) == ["run-started", "act-intended", "act-done", "run-ended"])
    #expect(contents.records[0].time == Timestamp("2026-11-21T11:15:41.308Z"))
    #expect(
      contents.records[2].data["stdout"]?["text"] == "Member added\n\u{1B}[31mrote Schrift\u{1B}[0m ✓\n")
    #expect(contents.records[2].data["password"] == "‹secret›")
    #expect(contents.tornTail == nil)
    #expect(
      try JournalVerification.verify(path).head?.description
        == "3:3e6dcbea6bebe18faf5c715c3e0c2d72848ffef496ef0f605831577c03369dfc")
  }

  /// The script of the documentation, taken from there and run by `sh`.
  private func verifyWithShell(_ bytes: [UInt8], head: String = "") throws -> (ok: Bool, output: String) {
    let documentation = String(
      decoding: try readFile(Path.join(Self.repository, "docs/journal-format.md"), limit: 1 << 20),
      as: UTF8.self)
    let start = try #require(documentation.firstRange(of: "```sh\n")).upperBound
    let end = try #require(documentation[start...].firstRange(of: "```")).lowerBound
    let script = try directory.write(String(documentation[start..<end]), to: "verify.sh")
    let journal = try directory.write(bytes, to: "journal")
    let out = directory.path(of: "out")
    let status = unsafe system("sh \(script) \(journal) \(head) > \(out) 2>&1")
    return (status == 0, String(decoding: try readFile(out, limit: 1 << 20), as: UTF8.self))
  }

  @Test func aShellCanVerifyAJournal() throws {
    let path = directory.path(of: "j")
    do {
      let writer = try JournalWriter.create(path, binding: ["plan": "p1"])
      let awkward = "\\ \\n %s $(id) `id` ,\"hash\":\"x\"} é \u{1B}\u{0}  "
      for number in 1...5 {
        try writer.append(
          JournalEntry(kind: "output", data: ["n": .number(Double(number)), "hash": .string(awkward)]))
      }
    }
    let bytes = try readFile(path, limit: 1 << 20)
    let head = try #require(try JournalReader.read(path).head).description
    let sound = try verifyWithShell(bytes, head: head)
    #expect(sound.output == "6 records, head \(head)\n")
    #expect(sound.ok)
    let v1 = try readFile(Path.join(Self.fixtures, "v1.jsonl"), limit: 1 << 20)
    #expect(try verifyWithShell(v1).ok)
  }

  /// The other snippets of the page, for one record by hand and for the chain as `jq` sees it.
  @Test func theSnippetsOfThePageSayWhatThePageSays() async throws {
    let page = String(
      decoding: try readFile(Path.join(Self.repository, "docs/journal-format.md"), limit: 1 << 20),
      as: UTF8.self)
    let blocks = page.components(between: "```sh\n", and: "```")
    try #require(blocks.count == 3)
    func run(_ block: String, _ lines: [[UInt8]]) async throws -> String {
      let journal = try directory.write(Sample.joined(lines), to: "snippet.jsonl")
      return try await Subprocess("/bin/sh", ["-c", "JOURNAL=\(journal)\n\(block)"]).run().stdout.text
    }
    let lines = Sample.lines(try Sample.write(directory.path(of: "j"), records: 6))
    let hashes = try await run(blocks[1], lines).split(separator: "\n")
    #expect(hashes.count == 2 && hashes[0] == hashes[1] && hashes[0].count == 64)
    #expect(try await run(blocks[2], lines) == "true\n")
    for place in 0..<5 {
      var swapped = lines
      swapped.swapAt(place, place + 1)
      #expect(try await run(blocks[2], swapped) == "false\n")
    }
  }

  @Test func theShellSeesWhatWeSee() throws {
    let bytes = try Sample.write(directory.path(of: "j"), records: 5)
    let head = try #require(try JournalReader.read(directory.path(of: "j")).head).description
    let lines = Sample.lines(bytes)
    var flipped = bytes
    flipped[bytes.count / 2] ^= 1
    #expect(try verifyWithShell(flipped).output == "record 2 was changed\n")
    #expect(try verifyWithShell(Sample.joined(Array(lines[..<2] + lines[3...]))).ok == false)
    #expect(try verifyWithShell(Sample.joined([lines[1], lines[0]])).ok == false)
    // Shells lose zero bytes when they read.
    #expect(
      try verifyWithShell(bytes.flatMap { $0 == 58 ? [0, $0] : [$0] }).output
        == "it holds bytes that are zero\n")
    #expect(try verifyWithShell([]).output == "it holds no record\n")
    #expect(try verifyWithShell(Array(bytes.dropLast(9))).output == "an incomplete record follows record 3\n")
    #expect(try verifyWithShell(Sample.joined(Array(lines.dropLast()))).ok)
    #expect(
      try verifyWithShell(Sample.joined(Array(lines.dropLast())), head: head).output
        == "the saved head is not in this journal\n")
  }

  /// Any JSON parser will do; jq is one.
  @Test(.enabled(if: unsafe system("command -v jq >/dev/null") == 0, "jq is not installed"))
  func jqReadsEveryRecord() throws {
    let out = directory.path(of: "out")
    try #require(unsafe system("jq -c '[.seq, .kind]' \(Self.fixtures)/v1.jsonl > \(out)") == 0)
    #expect(
      String(decoding: try readFile(out, limit: 1 << 20), as: UTF8.self)
        == "[0,\"run-started\"]\n[1,\"act-intended\"]\n[2,\"act-done\"]\n[3,\"run-ended\"]\n")
  }
}

extension String {
  fileprivate func components(between opening: String, and closing: String) -> [String] {
    var found: [String] = []
    var rest = self[...]
    while let start = rest.firstRange(of: opening),
      let end = rest[start.upperBound...].firstRange(of: closing)
    {
      found.append(String(rest[start.upperBound..<end.lowerBound]))
      rest = rest[end.upperBound...]
    }
    return found
  }
}
