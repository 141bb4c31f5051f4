import Model
import Platform
import TestSupport
import Testing

/// Guarantee 9: what was approved is what runs, and nothing runs that was not. With real keys, through the real ssh-keygen.
@Suite struct PlanApprovalTests {
  @Test("guarantee 9: an approved plan runs, and its journal holds who approved it")
  func approvedAndApplied() async throws {
    let bench = try ApprovalBench()
    try await bench.plan(approvals: 2)
    try await bench.expectRefusal(
      "needs the approval of 2 people besides its author, and has 0", "could approve bob@example.org",
      "belay approve the.plan")
    let first = try await bench.approve(by: "bob")
    #expect(first.exit == 0 && first.err.contains("1 more person has to type"), "\(first)")
    #expect(first.out.contains("Plan: mark") && first.out.contains("besides its author, alice@example.org"))
    try await bench.expectRefusal("has 1", "approved by   bob@example.org", "could approve carol@example.org")
    // Carol trusts ssh-keygen only.
    try bench.put(try await bench.sign(try bench.statement(), by: "carol"), as: "carol.sig")
    let check = try await bench.belay("approve", "the.plan", "--check", "--json")
    #expect(check.exit == 0, "\(check)")
    #expect(try JSONReader.parse(check.out)["missing"] == 0)
    let applied = try await bench.belay("apply", "the.plan")
    #expect(applied.exit == 0, "\(applied)")
    #expect(bench.marks == "one\n")

    let shown = try await bench.belay("show", "last")
    for text in [
      "planned by alice@example.org, key SHA256:", "approved by bob@example.org", "carol@example.org",
    ] {
      #expect(shown.out.contains(text), "\(shown)")
    }
    let run = try #require(try listDirectory(bench.scratch.path(of: ".belay/runs")).first)
    let journal = try readFile(bench.scratch.path(of: ".belay/runs/\(run)"), limit: 1 << 24)
    let kinds = try journal.split(separator: 10).map { try JSONReader.parse(Array($0))["kind"]?.stringValue }
    #expect(
      kinds.prefix(4) == ["run-started", "signed", "signed", "signed"], "before the first act: \(kinds)")
    #expect(try await bench.belay("journal", "verify", "last").exit == 0)
  }

  @Test("guarantee 9: what is no good approval of this plan by somebody else counts for nothing")
  func whatDoesNotCount() async throws {
    let bench = try ApprovalBench()
    try await bench.plan()
    try await bench.plan("--set", "what=two", to: "other.plan")
    let statement = try bench.statement()
    let good = try await bench.sign(statement, by: "bob")
    var refusals: [String] = []
    let (foreign, otherPurpose) = (
      try await bench.sign(statement, by: "dave"),
      try await bench.sign(statement, by: "bob", namespace: "file")
    )
    let replayed = try await bench.sign(try bench.statement("other.plan"), by: "bob")
    let authorship = try await bench.sign(statement.replacing("approve", with: "author"), by: "bob")
    let own = try await bench.sign(statement, by: "alice")
    let edited = good.split(separator: "\n").enumerated().map { $0 == 5 ? String($1.reversed()) : String($1) }
    // Each would be enough if it counted.
    for (name, signature, why) in [
      ("foreign", foreign, "foreign.sig: its key is not in signers"),
      ("purpose", otherPurpose, "purpose.sig: it was made for another purpose"),
      ("replayed", replayed, "replayed.sig: it was made for something else than this plan"),
      ("authorship", authorship, "authorship.sig: it was made for something else"),
      ("own", own, "alice@example.org is the author"),
      ("edited", edited.joined(separator: "\n"), "edited.sig:"),
      ("empty", "", "empty.sig: it is no SSH signature"),
      ("binary", "\u{0}\u{1}", "binary.sig: it is no SSH signature"),
      ("cut", "-----BEGIN SSH SIGNATURE-----\n", "cut.sig: it is no SSH signature"),
      ("long", String(repeating: "A", count: 16_000), "long.sig: it is no SSH signature"),
      ("longer", String(repeating: "A", count: 17_000), "longer.sig: it is larger than the limit of 16 KiB"),
    ] {
      try bench.put(signature, as: "\(name).sig")
      refusals.append(why)
    }
    let result = try await bench.expectRefusal("and has 0")
    for refusal in refusals { #expect(result.err.contains(refusal), "\(refusal): \(result)") }
    // Last a good one: the refusal was not for another reason.
    try bench.put(good, as: "y.sig")
    #expect(try await bench.belay("apply", "the.plan").exit == 0)
  }

  @Test("guarantee 9: two keys of one person are one person, and an author stays one under another key")
  func onePersonCountsOnce() async throws {
    let bench = try ApprovalBench()
    try bench.allow(["alice", "bob", "carol"].map { try bench.line($0) } + [bench.line("bob", key: "bob2")])
    try await bench.plan(approvals: 2)
    #expect(try await bench.approve(by: "bob").exit == 0)
    let again = try await bench.approve(by: "bob2")
    #expect(again.exit == 0 && again.err.contains("has approved it already"), "\(again)")
    try bench.put(try await bench.sign(try bench.statement(), by: "bob2"), as: "bob2.sig")
    try await bench.expectRefusal("has 1", "bob@example.org has approved already")
    try await bench.plan(by: "bob", to: "bobs.plan")
    try bench.put(
      try await bench.sign(try bench.statement("bobs.plan"), by: "bob2"), as: "b.sig", of: "bobs.plan")
    try await bench.expectRefusal("bob@example.org is the author", file: "bobs.plan")
    let asked = try await bench.approve("bobs.plan", by: "bob2")
    #expect(asked.exit == 4 && asked.err.contains("whoever makes one does not approve it"), "\(asked)")
  }

  @Test("guarantee 9: a key that expired, was taken off the list or is listed for everybody does not count")
  func theListDecides() async throws {
    let bench = try ApprovalBench()
    try await bench.plan()
    #expect(try await bench.approve(by: "bob").exit == 0)
    func refused(_ lines: [String], _ why: String) async throws {
      try bench.allow(lines)
      try await bench.expectRefusal(why)
    }
    let (alice, carol) = (try bench.line("alice"), try bench.line("carol"))
    try await refused([alice, carol], "its key is not in signers")
    try await refused(
      [alice, bench.line("bob", options: "valid-before=\"20200101\"")], "its key has expired")
    try await refused([alice, bench.line("bob", options: "valid-after=\"21000101\"")], "is not valid yet")
    try await refused([alice, bench.line("bob", options: "namespaces=\"git\"")], "does not let its key sign")
    try await refused([alice, "*@example.org \(bench.key("bob"))"], "the pattern *@example.org")
    try await refused([carol, bench.line("bob")], "the author's signature does not prove")
    try await refused([], "the author's signature does not prove")
    try removeFile(bench.scratch.path(of: "signers"))
    try await bench.expectRefusal("who may approve is not known", "signers")
    try bench.allow([alice, try bench.line("bob")])
    let shared = try await Subprocess("chmod", ["666", bench.scratch.path(of: "signers")]).run()
    try #require(shared.exit == .status(0))
    try await bench.expectRefusal("everybody may write to it")
    try bench.allow([alice, try bench.line("bob")])
    #expect(try await bench.belay("apply", "the.plan").exit == 0)
  }

  /// An authority stands for the keys that it has certified, each for the person whom the certificate names.
  @Test func aCertifiedKeyIsWhoItsCertificateSays() async throws {
    let bench = try ApprovalBench()
    let made = try await Subprocess(
      "ssh-keygen", ["-q", "-s", try bench.keyFile("dave"), "-I", "x", "-n", "erin@example.org", "bob2.pub"],
      directory: Path.parent(of: try bench.keyFile("dave"))
    ).run()
    #expect(made.exit == .status(0), "\(made.stderr.text)")
    let authority = "*@example.org cert-authority \(try bench.key("dave"))"
    try bench.allow([try bench.line("alice"), authority])
    try await bench.plan()
    try bench.put(try await bench.sign(try bench.statement(), by: "bob2-cert.pub"), as: "cert.sig")
    let check = try await bench.belay("approve", "the.plan", "--check")
    #expect(check.exit == 0 && check.out.contains("approved by   erin@example.org"), "\(check)")
    try bench.put(try await bench.sign(try bench.statement(), by: "dave"), as: "cert.sig")
    try await bench.expectRefusal("its key is not in signers")
  }

  @Test func aFolderFullOfAnythingIsBounded() async throws {
    let bench = try ApprovalBench()
    try await bench.plan()
    let folder = bench.scratch.path(of: "the.plan.approvals")
    let good = try await bench.sign(try bench.statement(), by: "bob")
    _ = try bench.scratch.write(good, to: "elsewhere.sig")
    try makeDirectory(folder)
    let made = try await Subprocess.shell(
      "cd '\(folder)' && ln -s ../elsewhere.sig link.sig && mkdir dir.sig && mkfifo pipe.sig && touch notes.txt"
    ).run()
    try #require(made.exit == .status(0))
    try await bench.expectRefusal(
      "link.sig: it is a symbolic link", "dir.sig: Is a directory", "pipe.sig: it is not a regular file")
    let many = try await Subprocess.shell("cd '\(folder)' && seq 10000 | sed 's/$/.sig/' | xargs touch").run()
    try #require(many.exit == .status(0))
    try await bench.expectRefusal("it holds 10003 signatures, and more than 100 are never looked at")
  }

  @Test("guarantee 9: an edit anywhere in a plan file voids it, also where only evidence is shown")
  func editedPlanFiles() async throws {
    let bench = try ApprovalBench()
    try await bench.plan()
    #expect(try await bench.approve(by: "bob").exit == 0)
    let text = try bench.file().json()
    func refused(_ change: (inout Value.Object) -> Void, exit: Int32 = 3, _ says: String) async throws {
      var file = try #require(try JSONReader.parse(text).objectValue)
      change(&file)
      _ = try bench.scratch.write(Value.object(file).json(), to: "the.plan")
      let result = try await bench.belay("apply", "the.plan")
      #expect(result.exit == exit && result.err.contains(says), "\(says): \(result)")
      #expect(bench.marks.isEmpty)
    }
    func plan(_ key: String, _ value: Value?) -> (inout Value.Object) -> Void {
      { file in
        var plan = file["plan"]?.objectValue ?? [:]
        plan[key] = value
        file["plan"] = .object(plan)
      }
    }
    try await refused(plan("summary", "Harmless"), "changed after it was made")
    try await refused(plan("warnings", ["nothing to see"]), "changed after it was made")
    try await refused(plan("approval", nil), "changed after it was made")
    try await refused({ $0["digest"] = .string(String(repeating: "0", count: 64)) }, "changed after")
    try await refused({ $0["texts"] = ["./mark.yaml": "harmless"] }, "text of ./mark.yaml in it was changed")
    try await refused({ $0["statement"] = "approve x y" }, "changed after it was made")
    try await refused({ $0["author_signature"] = nil }, exit: 4, "does not prove who made it")
    try await refused({ $0["author_signature"] = "x" }, exit: 4, "does not prove that alice@example.org made")
    // Whoever writes a whole new file around the old signatures gets nowhere either.
    try await bench.plan("--set", "what=two", to: "two.plan")
    let other = try bench.file("two.plan")
    try await refused(
      { file in for key in ["plan", "digest", "statement"] { file[key] = other[key] } }, exit: 4,
      "something else than this plan")
    _ = try bench.scratch.write(text, to: "the.plan")
    #expect(try await bench.belay("apply", "the.plan").exit == 0)
  }
}
