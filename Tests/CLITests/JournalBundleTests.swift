import Hashing
import Model
import Platform
import TestSupport
import Testing

@testable import CLI

/// An auditor's way: the blocks of `VERIFY.md` as they stand there, in a clean directory, with the real `sha256sum`,
/// `ssh-keygen` and `jq`, and without belay.
@Suite struct JournalBundleTests {
  /// A bundle that was unpacked, with what the auditor has from elsewhere.
  struct Unpacked {
    var folder: String
    var variables: [String: String] = [:]

    func isFoundWrong() async throws -> Bool { try await !failures(limit: 1).isEmpty }

    /// Which blocks did not find everything as it should be, the first so many.
    func failures(limit: Int = .max) async throws -> [String] {
      let page = String(decoding: try readFile(Path.join(folder, "VERIFY.md"), limit: 1 << 20), as: UTF8.self)
      var environment = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"]
      environment.merge(variables) { $1 }
      var failures: [String] = []
      var rest = page[...]
      while failures.count < limit, let start = rest.firstRange(of: "```sh\n"),
        let end = rest[start.upperBound...].firstRange(of: "```")
      {
        let block = String(rest[start.upperBound..<end.lowerBound])
        rest = rest[end.upperBound...]
        let result = try await Subprocess(
          "/bin/sh", ["-c", block], environment: environment, directory: folder
        ).run()
        if !result.isSuccess || !result.stdout.text.hasSuffix("ok\n") {
          failures.append("\(block)\(result.stdout.text)\(result.stderr.text)")
        }
      }
      return failures
    }

    func bytes(_ name: String) throws -> [UInt8] { try readFile(Path.join(folder, name), limit: 1 << 24) }

    /// With the sums computed anew: who tampers does not stop halfway.
    func write(_ name: String, _ bytes: [UInt8]) throws {
      try replaceFile(Path.join(folder, name), with: bytes)
      let sums = String(decoding: try self.bytes("SHA256SUMS"), as: UTF8.self).split(separator: "\n").map {
        line in
        line.hasSuffix("  \(name)") ? "\(sha256(bytes).hex)  \(name)\n" : "\(line)\n"
      }
      try replaceFile(Path.join(folder, "SHA256SUMS"), with: Array(sums.joined().utf8))
    }

    var lines: [[UInt8]] {
      get throws { try bytes("journal.jsonl").split(separator: UInt8(ascii: "\n")).map(Array.init) }
    }

    func writeJournal(_ lines: [[UInt8]]) throws {
      try write("journal.jsonl", lines.flatMap { $0 + [UInt8(ascii: "\n")] })
    }
  }

  private func unpack(_ bench: EvidenceBench, _ name: String = "the.tar") async throws -> Unpacked {
    let clean = bench.bench.scratch.path(of: "clean-\(name)")
    try makeDirectory(clean)
    let result = try await Subprocess(
      "tar", ["-xf", bench.bench.scratch.path(of: name)], directory: clean
    ).run()
    let isDone = result.isSuccess && result.stderr.text.isEmpty
    try #require(isDone, "\(result.stderr.text)")
    let folder = try #require(try listDirectory(clean).first)
    return Unpacked(folder: Path.join(clean, folder))
  }

  private func export(_ bench: EvidenceBench, to name: String = "the.tar") async throws -> ApprovalBench.Ended
  {
    let result = try await bench.bench.belay("journal", "export", "last", "--bundle", "--out", name)
    try #require(result.exit == 0, "\(result)")
    return result
  }

  @Test func everyCheckOfThePageHoldsForASoundBundle() async throws {
    let bench = try EvidenceBench()
    try await bench.approvedRun()
    _ = try await bench.seal()
    #expect(try await !export(bench).err.contains("left out"))
    var unpacked = try await unpack(bench)
    #expect(
      try listDirectory(unpacked.folder) == [
        "SHA256SUMS", "VERIFY.md", "allowed_signers", "approvals", "chain.sh", "journal.jsonl",
        "manifest.json",
        "plan.json", "plan.reviewed", "seals", "sources",
      ])
    #expect(try await unpacked.failures() == [])
    let last = try JSONReader.parse(try #require(try unpacked.lines.last))
    unpacked.variables["HEAD"] = "5:\(last["hash"]?.stringValue ?? "")"
    unpacked.variables["SIGNERS"] = bench.bench.scratch.path(of: "signers")
    #expect(try await unpacked.failures() == [])
    unpacked.variables["HEAD"] = "5:\(String(repeating: "0", count: 64))"
    #expect(try await unpacked.isFoundWrong())
  }

  /// Plans of every shape: loops, leaders, late values, files, undos; runs that failed, were resumed, or were cut off.
  @Test(arguments: ["approved", "cluster", "leader", "torn"])
  func everyCheckHoldsForTheCorpus(name: String) async throws {
    let bench = try EvidenceBench()
    let root = Path.normalized("../../..", from: #filePath)
    let journal = Path.join(root, "Tests/JournalTests/Fixtures/v1/\(name).jsonl")
    let exported = try await bench.bench.belay("journal", "export", journal, "--bundle", "--out", "the.tar")
    try #require(exported.exit == 0, "\(exported)")
    let failures = try await unpack(bench).failures()
    // The list of signers of that time is nobody's any more.
    #expect(failures.filter { !$0.contains("allowed_signers") } == [])
    #expect((name == "approved") == !failures.isEmpty)
  }

  @Test func theSameThingsGiveTheSameBytes() async throws {
    let bench = try EvidenceBench()
    try await bench.run()
    _ = try await export(bench)
    _ = try await export(bench, to: "again.tar")
    let (first, again) = (
      try bench.bytes(bench.bench.scratch.path(of: "the.tar")),
      try bench.bytes(bench.bench.scratch.path(of: "again.tar"))
    )
    #expect(first == again && first.count.isMultiple(of: 10240))
  }

  /// Each tamperer computes all sums anew, some of them the chain too. No one has the key of who sealed.
  @Test func everyTamperingIsFoundByThePage() async throws {
    let bench = try EvidenceBench()
    try await bench.approvedRun()
    _ = try await bench.seal()
    _ = try await export(bench)
    let unpacked = try await unpack(bench)
    let lines = try unpacked.lines
    let edited = lines.map { line in
      Array(String(decoding: line, as: UTF8.self).replacing("\"exit\":0", with: "\"exit\":1").utf8)
    }
    var (dropped, inserted, swapped) = (lines, lines, lines)
    dropped.remove(at: 3)
    inserted.insert(lines[3], at: 4)
    swapped.swapAt(3, 4)
    let withZero = lines.map { $0.flatMap { $0 == UInt8(ascii: "o") ? [$0, 0] : [$0] } }
    for (name, tampered) in [
      ("edit", edited), ("drop", dropped), ("insert", inserted), ("swap", swapped), ("cut", lines.dropLast()),
      ("forged", JournalForger.rechained(edited) { $0 }), ("zeros", withZero), ("nothing left", []),
    ] {
      try unpacked.writeJournal(tampered)
      #expect(try await unpacked.isFoundWrong(), "\(name)")
    }
  }

  @Test func noOtherPartOfABundleCanBeExchangedUnseen() async throws {
    let bench = try EvidenceBench()
    try await bench.approvedRun()
    _ = try await bench.seal()
    _ = try await export(bench)
    let unpacked = try await unpack(bench)
    let seal = "seals/\(try #require(try listDirectory(Path.join(unpacked.folder, "seals")).first))"
    for (name, old, new) in [
      ("plan.json", "echo ${what}", "echo $${what}"), ("plan.reviewed", "echo ${what}", "rm -rf ${what}"),
      ("sources/01-mark.yaml", "echo", "rm"), ("approvals/0.statement", "author ", "authors "),
      ("approvals/1.sig", "U1NIU0lH", "U1NIU0lI"), ("manifest.json", "mark.yaml\"", "mork.yaml\""),
      (seal, " 5:", " 4:"),
      ("allowed_signers", "ssh-ed25519", "ssh-ed25518"),
    ] {
      let sound = try unpacked.bytes(name)
      let changed = Array(String(decoding: sound, as: UTF8.self).replacing(old, with: new).utf8)
      try #require(changed != sound, "\(name)")
      try unpacked.write(name, changed)
      #expect(try await unpacked.isFoundWrong(), "\(name)")
      try unpacked.write(name, sound)
    }
  }

  /// Someone who rewrites a journal may leave out who approved; that the plan asked for it stays in its digest.
  @Test func signaturesThatAreMissingAreMissed() async throws {
    let bench = try EvidenceBench()
    let name = try await bench.approvedRun()
    let lines = try bench.lines(name)
    let unsigned = lines.filter { !String(decoding: $0, as: UTF8.self).contains("\"kind\":\"signed\"") }
    try bench.rewrite(name, JournalForger.rechained(unsigned) { $0 })
    let result = try await bench.bench.belay("journal", "export", "last", "--bundle", "--out", "the.tar")
    guard result.exit == 0 else { return }
    let failures = try await unpack(bench).failures()
    #expect(failures.count == 1 && failures[0].hasSuffix("too few approved\n"), "\(failures)")
  }

  @Test func aFileThatIsAnotherOneTodayIsNamedAndLeftOut() async throws {
    let bench = try EvidenceBench()
    try await bench.approvedRun()
    let scratch = bench.bench.scratch
    _ = try scratch.write("runbook: other", to: "mark.yaml")
    try bench.bench.allow([try bench.bench.line("alice")])
    let exported = try await export(bench)
    #expect(exported.err.contains("left out  ./mark.yaml: it is another one today"), "\(exported)")
    #expect(
      exported.err.contains("left out  signers: the list of signers is another one today"), "\(exported)")
    var unpacked = try await unpack(bench)
    #expect(!(try listDirectory(unpacked.folder)).contains { ["sources", "allowed_signers"].contains($0) })
    let page = String(decoding: try unpacked.bytes("VERIFY.md"), as: UTF8.self)
    #expect(page.contains("- `./mark.yaml: it is another one today"))
    #expect(page.contains("There is no seal in this bundle"))
    #expect(try await unpacked.failures().count == 1, "nobody says who may approve")
    try bench.bench.allow(
      ["alice", "bob"].map { try bench.bench.line($0, options: EvidenceBench.namespaces) })
    unpacked.variables["SIGNERS"] = scratch.path(of: "signers")
    #expect(try await unpacked.failures() == [])
  }

  @Test func aJournalThatSaysWhatItLikesPutsNothingIntoTheCommands() async throws {
    let bench = try EvidenceBench()
    let name = try await bench.run()
    let hostile = #"$(touch /x)`id`\n```sh\nfalse\n```\u001b"#
    let run = try #require(name.split(separator: ".").first)
    try bench.rewrite(
      name,
      JournalForger.rechained(try bench.lines(name)) {
        $0.replacing("\"run\":\"\(run)\"", with: "\"run\":\"\(hostile)\"")
      })
    _ = try await export(bench)
    let unpacked = try await unpack(bench)
    #expect(try await unpacked.failures() == [])
    let sealed = try await bench.seal()
    #expect(sealed.exit == 11 && sealed.err.contains("no name of a run"), "\(sealed)")
  }

  @Test func theScriptOfTheDocumentationIsTheOneInTheBundle() throws {
    let root = Path.normalized("../../..", from: #filePath)
    let page = String(
      decoding: try readFile(Path.join(root, "docs/journal-format.md"), limit: 1 << 20), as: UTF8.self)
    #expect(page.contains("```sh\n\(ChainScript.text)```"))
  }

  @Test func whatATarHasNoRoomForIsRefused() {
    var archive = UstarArchive(modified: -5)
    let taken = [String(repeating: "n", count: 100), String(repeating: "n", count: 101), "", "a\u{0}b"].map {
      archive.add($0, [1])
    }
    #expect(taken == [true, false, false, false])
    #expect(archive.bytes.count == 1024)
  }
}
