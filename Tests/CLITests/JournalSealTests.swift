import Hashing
import Model
import Platform
import TestSupport
import Testing

/// Heads that are signed and kept elsewhere, and what they show about a journal later.
@Suite struct JournalSealTests {
  @Test func aSealedJournalVerifiesAndTheReportSaysWhoSealedIt() async throws {
    let bench = try EvidenceBench()
    try await bench.run()
    let sealed = try await bench.seal()
    #expect(sealed.exit == 0 && sealed.err.contains("sealed 4 records"), "\(sealed)")
    let known = try await bench.verify("--head", "the.seal", "--allowed-signers", "signers")
    #expect(known.exit == 0 && known.out.contains("signed by alice@example.org, key SHA256:"), "\(known)")
    #expect(!known.out.contains("whose key sealed"), "\(known)")
    let anybody = try await bench.verify("--head", "the.seal")
    #expect(anybody.exit == 0 && anybody.out.contains("signed with key SHA256:"), "\(anybody)")
    #expect(anybody.out.contains("not checked  whose key sealed the head"), "\(anybody)")
    let json = try JSONReader.parse(try await bench.verify("--head", "the.seal", "--json").out)
    #expect(json["sealed"]?.stringValue?.contains("SHA256:") == true)
    #expect(json["sound"] == true && json["records"] == 4)
  }

  /// As docs/journal-format.md says: the first line is signed, the rest is the signature.
  @Test func sshKeygenVerifiesASealByItself() async throws {
    let bench = try EvidenceBench()
    try await bench.run()
    _ = try await bench.seal()
    let result = try await Subprocess(
      "/bin/sh",
      [
        "-c",
        "tail -n +2 the.seal > sig && head -n 1 the.seal | ssh-keygen -Y verify -n belay-journal -f signers -I alice -s sig",
      ], directory: bench.bench.scratch.path
    ).run()
    #expect(result.isSuccess && result.stdout.text.hasPrefix("Good \"belay-journal\" signature"), "\(result)")
  }

  @Test func aSealFindsWhatTheChainAloneCannotShow() async throws {
    let bench = try EvidenceBench()
    let name = try await bench.run()
    _ = try await bench.seal()
    let lines = try bench.lines(name)
    try bench.rewrite(name, lines.dropLast())
    let cut = try await bench.verify("--head", "the.seal")
    #expect(
      cut.exit == 11 && cut.out.contains("the saved head is record 3, but the journal lacks it"), "\(cut)")
    try bench.rewrite(name, JournalForger.rechained(lines) { $0.replacing("echo one", with: "echo two") })
    let forged = try await bench.verify("--head", "the.seal")
    #expect(forged.exit == 11 && forged.out.contains("rewritten with new hashes"), "\(forged)")
    try bench.rewrite(name, lines)
    #expect(try await bench.verify("--head", "the.seal").exit == 0)
  }

  @Test func whatIsNoGoodSealCountsForNothing() async throws {
    let bench = try EvidenceBench()
    try await bench.run()
    _ = try await bench.seal()
    let scratch = bench.bench.scratch
    let seal = String(decoding: try bench.bytes(scratch.path(of: "the.seal")), as: UTF8.self)
    let statement = String(try #require(seal.split(separator: "\n").first)) + "\n"
    func refused(_ text: String, _ why: String, _ more: String...) async throws {
      _ = try scratch.write(text, to: "bad.seal")
      let result = try await bench.bench.belay(["journal", "verify", "last", "--head", "bad.seal"] + more)
      #expect(result.exit == 11 && result.out.contains(why), "\(why): \(result)")
    }
    let signers = ["--allowed-signers", "signers"]
    try await refused(
      seal.replacing("belay-seal-1 2", with: "belay-seal-1 3"), "the seal is of run 3")
    try await refused(seal.replacing("Z\n", with: "Z\nx"), "it is no SSH signature")
    let time = statement.split(separator: " ").last.map(String.init) ?? ""
    try await refused(
      seal.replacing(time, with: "2001-01-01T00:00:00.000Z\n"),
      "it was made for something else than this head of a journal")
    try await refused(
      statement + bench.bench.sign(statement, by: "alice"),
      "it was made for another purpose than a head of a journal")
    let foreign = try await bench.bench.sign(statement, by: "dave", namespace: "belay-journal")
    try await refused(statement + foreign, "its key is not in signers", signers[0], signers[1])
    try bench.bench.allow([try bench.bench.line("alice")])
    try await refused(
      seal, "does not let its key sign in the namespace belay-journal", signers[0], signers[1])
    #expect(try await bench.verify("--head", "the.seal").exit == 0, "the refusals were for no other reason")
  }

  @Test func headsComeFromFilesAndFromTheCommandLine() async throws {
    let bench = try EvidenceBench()
    let name = try await bench.run()
    let last = try JSONReader.parse(try #require(try bench.lines(name).last))
    let head = "3:\(last["hash"]?.stringValue ?? "")"
    _ = try bench.bench.scratch.write(head + "\n", to: "noted")
    for text in [head, "noted"] { #expect(try await bench.verify("--head", text).exit == 0) }
    for (text, why) in [
      ("nowhere", "there is no file nowhere"), ("mark.yaml", "mark.yaml is neither"),
      (".belay", "Is a directory"),
    ] {
      let result = try await bench.verify("--head", text)
      #expect(result.exit == 2 && result.err.contains(why), "\(result)")
    }
    let pointless = try await bench.verify("--head", head, "--allowed-signers", "signers")
    #expect(pointless.exit == 2 && pointless.err.contains("add --head FILE"), "\(pointless)")
  }

  @Test func aDamagedJournalIsNotSealed() async throws {
    let bench = try EvidenceBench()
    let name = try await bench.run()
    try bench.rewrite(name, try bench.lines(name).enumerated().filter { $0.offset != 1 }.map(\.element))
    let result = try await bench.seal()
    #expect(result.exit == 11 && fileKind(bench.bench.scratch.path(of: "the.seal")) == nil, "\(result)")
  }

  @Test func theJournalAfterShowsThatOneWasCutOrRewritten() async throws {
    let bench = try EvidenceBench()
    let first = try await bench.run()
    let second = try await bench.run()
    #expect(try await bench.verify().out.contains("the link to the journal before: record 3 of run"))
    let lines = try bench.lines(first)
    try bench.rewrite(first, lines.dropLast())
    #expect(try await bench.verify(journal: bench.journal(first)).exit == 0, "by itself it looks sound")
    let cut = try await bench.verify(journal: bench.journal(second))
    #expect(
      cut.exit == 11 && cut.out.contains("no longer holds record 3 as this one was linked to it"), "\(cut)")
    try removeFile(bench.journal(first))
    let gone = try await bench.verify()
    #expect(
      gone.exit == 0 && gone.out.contains("not checked  the link to the journal before: that of run"),
      "\(gone)")
  }
}

/// Who knows the format and may write the file.
enum JournalForger {
  static func rechained(_ lines: [[UInt8]], _ edit: (String) -> String) -> [[UInt8]] {
    var previous = String(repeating: "0", count: 64)
    return lines.enumerated().map { number, line in
      let text = edit(String(decoding: line, as: UTF8.self))
      let start = text.firstRange(of: ",\"time\"")?.lowerBound ?? text.startIndex
      let end = text.ranges(of: ",\"prev\"").last?.lowerBound ?? text.endIndex
      let body = "{\"seq\":\(number)\(text[start..<end]),\"prev\":\"\(previous)\""
      previous = sha256(body).hex
      return Array("\(body),\"hash\":\"\(previous)\"}".utf8)
    }
  }
}
