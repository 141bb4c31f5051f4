@testable import Execution
import Hashing
import Model
@testable import Planning
import Platform
import TestSupport
import Testing

/// The scripts that put files on nodes, read by real shells.
@Suite struct RemoteFileTests {
  static let shells = LocalShell.Kind.allCases.filter(\.isInstalled)
  private let site = ActSite(run: RunID("r1"), task: "first.0")
  private let later = ActSite(run: RunID("r1"), task: "later.0")

  private func put(
    _ content: [UInt8], at path: String, mode: String? = nil, over expected: String = "",
    by act: ActSite? = nil, on machine: LocalShell
  ) async throws -> SubprocessResult {
    let put = RemoteFile.Put(
      path: path, mode: mode, owner: nil, arrival: .digest(sha256(content).hex), expected: expected)
    return try await machine.run(RemoteFile.putCommand(put, in: act ?? site), stdin: content)
  }

  private func restore(
    _ path: String, over expected: String = "", by act: ActSite? = nil, on machine: LocalShell
  ) async throws -> SubprocessResult {
    try await machine.run(RemoteFile.restoreCommand(path, expected: expected, in: act ?? site))
  }

  private func state(_ path: String, on machine: LocalShell) async throws -> String {
    try await machine.run("stat -c '%a %U:%G' \(path); cksum < \(path); ls -A").stdout.text
  }

  @Test("guarantee 14: what was there comes back byte for byte, with its mode and owner", arguments: shells)
  func putAndRestore(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    _ = try await machine.run(#"printf 'old\000\377 text without a newline' > f; chmod 4751 f"#)
    let before = try await state("f", on: machine)
    let new: [UInt8] = Array((0...255).map { UInt8($0) }) + [0, 10, 0]
    #expect(try await put(new, at: "f", mode: "0640", on: machine).isSuccess)
    #expect(try readFile("\(machine.home)/f", limit: 1000) == new)
    #expect(try await machine.run("stat -c %a f").stdout.text == "640\n")
    #expect(try await restore("f", on: machine).isSuccess)
    #expect(try await state("f", on: machine) == before)
    // A second restore finds nothing left to do.
    #expect(try await restore("f", on: machine).isSuccess)
    #expect(try await state("f", on: machine) == before)
  }

  @Test("guarantee 14: what was not there is gone again", arguments: shells)
  func absentBefore(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    #expect(try await put(Array("one".utf8), at: "f", on: machine).isSuccess)
    #expect(try await machine.run("stat -c %a f").stdout.text == "644\n")
    // A second try of the same act does not find what was there before it.
    #expect(try await put(Array("two".utf8), at: "f", on: machine).isSuccess)
    #expect(machine.text("f") == "two")
    #expect(try await restore("f", on: machine).isSuccess)
    #expect(try await machine.run("ls -A").stdout.text == "")
  }

  @Test("guarantee 14: a run that writes a file twice goes back step by step")
  func twoActsOnOneFile() async throws {
    let machine = try LocalShell()
    _ = try await machine.run("printf original > f")
    for (text, act) in [("one", site), ("one again", site), ("two", later)] {
      #expect(try await put(Array(text.utf8), at: "f", by: act, on: machine).isSuccess)
    }
    #expect(try await restore("f", by: later, on: machine).isSuccess)
    #expect(machine.text("f") == "one again")
    #expect(try await restore("f", by: site, on: machine).isSuccess)
    #expect(machine.text("f") == "original")
  }

  @Test func aNewVersionKeepsTheOldModeUnlessToldOtherwise() async throws {
    let machine = try LocalShell()
    _ = try await machine.run("printf original > f; chmod 600 f")
    #expect(try await put([65], at: "f", on: machine).isSuccess)
    #expect(try await machine.run("stat -c %a f").stdout.text == "600\n")
  }

  @Test("guarantee 14: a restore without a put changes nothing")
  func restoreAlone() async throws {
    let machine = try LocalShell()
    _ = try await machine.run("printf mine > f")
    #expect(try await restore("f", on: machine).isSuccess)
    #expect(machine.text("f") == "mine")
    #expect(try await restore("never", on: machine).isSuccess)
    #expect(try await machine.run("ls -A").stdout.text == "f\n")
  }

  @Test("a file without a directory is not written, and nothing is left to undo", arguments: shells)
  func withoutDirectory(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    let result = try await put([65], at: "missing/f", over: "absent", on: machine)
    #expect(!result.isSuccess)
    #expect(result.stderr.text == "there is no directory missing to write missing/f in\n")
    #expect(try await restore("missing/f", over: "absent", on: machine).isSuccess)
    let late = LateFile(path: "missing/f", written: sha256("A").hex)
      .undo(in: site, LateUndoFacts(wasDone: false, isForgotten: false))
    #expect(try await machine.run(late.command).isSuccess)
    #expect(try await machine.run("ls -A").stdout.text == "")
    // A file that was there has gone with its directory: nobody can say that it is as it was.
    #expect(try await !restore("missing/f", over: sha256("old").hex, on: machine).isSuccess)
  }

  @Test("guarantee 14: nothing is written through a symbolic link", arguments: shells)
  func links(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    _ = try await machine.run("printf precious > target; ln -s target f; ln -s nowhere dangling")
    for path in ["f", "dangling"] {
      let result = try await put([65], at: path, on: machine)
      #expect(!result.isSuccess)
      #expect(result.stderr.text.contains("\(path) is a symbolic link"))
    }
    #expect(machine.text("target") == "precious")
    #expect(try await machine.run("ls -A | sort").stdout.text == "dangling\nf\ntarget\n")
  }

  @Test("guarantee 9: what changed since the plan was made is not replaced", arguments: shells)
  func changedMeanwhile(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    _ = try await machine.run("printf theirs > f")
    let reviewed = sha256(Array("reviewed".utf8)).hex
    for expected in [reviewed, "absent"] {
      let result = try await put(Array("ours".utf8), at: "f", over: expected, on: machine)
      #expect(!result.isSuccess)
      #expect(result.stderr.text.contains("f is not what it was when the plan was made"))
    }
    #expect(try await !put(Array("ours".utf8), at: "new", over: reviewed, on: machine).isSuccess)
    #expect(try await machine.run("cat f; ls -A").stdout.text == "theirsf\n")
    #expect(try await restore("f", on: machine).isSuccess)
    #expect(machine.text("f") == "theirs")

    let theirs = sha256(Array("theirs".utf8)).hex
    #expect(try await put(Array("ours".utf8), at: "f", over: theirs, on: machine).isSuccess)
    // An attempt that is made again finds its own work.
    #expect(try await put(Array("ours".utf8), at: "f", over: theirs, on: machine).isSuccess)
    #expect(try await put(Array("ours".utf8), at: "new", over: "absent", on: machine).isSuccess)
    #expect(machine.text("f") == "ours")
  }

  @Test("guarantee 14: half of a content is not put in place", arguments: shells)
  func brokenUpload(_ kind: LocalShell.Kind) async throws {
    let whole = Array("the whole".utf8)
    for arrival in [RemoteFile.Arrival.digest(sha256(whole).hex), .size(whole.count)] {
      let machine = try LocalShell(kind)
      _ = try await machine.run("printf old > f")
      let put = RemoteFile.Put(path: "f", mode: nil, owner: nil, arrival: arrival, expected: "")
      let result = try await machine.run(RemoteFile.putCommand(put, in: site), stdin: Array("the wh".utf8))
      #expect(result.stderr.text.contains("did not arrive whole"))
      #expect(try await machine.run("cat f; ls -A").stdout.text == "oldf\n")
      #expect(try await machine.run(RemoteFile.putCommand(put, in: site), stdin: whole).isSuccess)
      #expect(machine.text("f") == "the whole")
    }
  }

  @Test func whatIsNoFileIsNotReplaced() async throws {
    let machine = try LocalShell()
    _ = try await machine.run("mkdir d")
    #expect(try await !put([65], at: "d", on: machine).isSuccess)
    #expect(try await !put([65], at: "missing/f", on: machine).isSuccess)
    #expect(try await machine.run("ls -A d").stdout.text == "")
  }

  @Test("guarantee 11: a path stays a path", arguments: ["a b", "-rf", "$(touch x)", "it's", "*", "a\nb"])
  func hostileNames(_ name: String) async throws {
    let machine = try LocalShell()
    let path = "\(machine.home)/\(name)"
    #expect(try await put(Array("new".utf8), at: path, on: machine).isSuccess)
    #expect(machine.text(name) == "new")
    #expect(try await machine.run(RemoteFile.lookCommand(path)).stdout.text.hasSuffix("\nnew"))
    #expect(try await restore(path, on: machine).isSuccess)
    #expect(try await machine.run("ls -A").stdout.text == "")
  }

  @Test("guarantee 14: a put killed at any moment leaves the old content or the new, whole")
  func interruptedPut() async throws {
    var random = SeededRandom.fresh()
    let old = String(repeating: "old ", count: 200_000)
    let new = Array(String(repeating: "new!", count: 200_000).utf8)
    for _ in 0..<12 {
      let machine = try LocalShell()
      try replaceFile("\(machine.home)/f", with: Array(old.utf8), mode: 0o666)
      _ = try await machine.run("cp f mine && rm -f f && mv mine f")
      let put = RemoteFile.Put(
        path: "f", mode: nil, owner: nil, arrival: .digest(sha256(new).hex), expected: "")
      let milliseconds = Int.random(in: 0...25, using: &random)
      // SIGKILL for the whole group: the script has no chance to tidy up.
      let command =
        "timeout -s KILL 0.0\(milliseconds < 10 ? "0" : "")\(milliseconds) \(RemoteFile.putCommand(put, in: site))"
      _ = try await machine.run(command, stdin: new)
      let found = machine.text("f")
      #expect(found == old || found == String(decoding: new, as: UTF8.self), "seed \(random.seed)")
      #expect(try await restore("f", on: machine).isSuccess, "seed \(random.seed)")
      #expect(machine.text("f") == old, "seed \(random.seed)")
      #expect(
        try await machine.run("ls -A").stdout.text == "f\n", "nothing is left beside it; seed \(random.seed)")
    }
  }

  @Test func aLookTellsWhatIsThere() async throws {
    let machine = try LocalShell()
    _ = try await machine.run("printf 'a\\nb' > f; chmod 640 f; ln -s f link; mkdir d")
    let transport = FakeTransport([NodeName("n1"): machine]) { _ in .none }
    func look(_ name: String) async -> RemoteFile.LookResult {
      await RemoteFile.look(at: "\(machine.home)/\(name)", on: NodeName("n1"), through: transport)
    }
    guard case .file(.present(let content, let mode, _)) = await look("f") else {
      Issue.record("f is there")
      return
    }
    #expect(content == "a\nb")
    #expect(mode == "640")
    #expect(await look("nothing") == .file(.absent))
    for odd in ["link", "d"] {
      guard case .failed = await look(odd) else {
        Issue.record("\(odd) is no regular file")
        return
      }
    }
  }

  @Test func whatBelayKeptIsForgottenWhenTheRunEndsWell() async throws {
    let machine = try LocalShell()
    _ = try await machine.run("printf old > f")
    for name in ["f", "g"] { #expect(try await put([65], at: name, on: machine).isSuccess) }
    for name in ["f", "g"] {
      _ = try await machine.run(RemoteFile.forgetCommand(name, in: site))
    }
    #expect(try await machine.run("ls -A | sort").stdout.text == "f\ng\n")
  }
}
