@testable import Execution
import Model
@testable import Planning
import Platform
import TestSupport
import Testing

/// Acts of belay's own that are undone after their run ended well, when nodes have forgotten what they kept.
@Suite struct LateUndoTests {
  private func finished(
    _ steps: String, spare: NodeName? = nil, on node: String, before: (LocalShell) async throws -> Void
  ) async throws -> (bench: Bench, machine: LocalShell) {
    let bench = try Bench(steps, spare: spare)
    let machine = try #require(bench.machines[NodeName(node)])
    try await before(machine)
    let transport = bench.transport()
    let plan = try await bench.survey(transport)
    #expect(plan.isApplicable, "\(plan.refusals)")
    #expect(try await bench.start(transport, plan: plan) == .done)
    return (bench, machine)
  }

  @Test func aServiceGoesBackToTheStateThatThePlanSaw() async throws {
    let steps =
      "stop: { act: Stop, at: n3, effect: { stop: n3 }, service: { name: db, state: stopped, enabled: false } }"
    let (bench, machine) = try await finished(steps, on: "n3") { machine in
      try machine.installSystemd()
      try await machine.unit("db", active: "active", enabled: "enabled")
    }
    #expect(try await machine.unitState("db") == "inactive disabled")
    #expect(try await bench.goBack(bench.transport()) == .rolledBack)
    #expect(try await machine.unitState("db") == "active enabled")
  }

  @Test func settingsOfTwoActsGoBackByteForByte() async throws {
    let steps = """
      tune: { act: Tune, at: n1, file: { path: "${here.home}/x.toml", set: { raft.tick_ms: 200 } } }
      again: { act: Tune more, at: n1, file: { path: "${here.home}/x.toml", set: { raft.tick_ms: 300 } } }
      """
    let before = "old = 1\n[raft]\r\n  tick_ms =100"
    let (bench, machine) = try await finished(steps, on: "n1") { machine in
      _ = try await machine.run("printf 'old = 1\\n[raft]\\r\\n  tick_ms =100' > x.toml; chmod 640 x.toml")
    }
    let plan = try await bench.wayBack(bench.transport())
    #expect(plan.undos.count == 2 && plan.undos.allSatisfy { $0.obstacle == nil }, "\(plan.undos)")
    #expect(try await bench.goBack(bench.transport()) == .rolledBack)
    #expect(machine.text("x.toml") == before)
    #expect(try await machine.run("stat -c %a x.toml; ls").stdout.text == "640\nview.json\nx.toml\n")
  }

  @Test(
    "a copy is taken away again, but what it replaced is in no plan, and what came after it is left alone",
    arguments: [
      ("", "", ExitCode.rolledBack, nil, ""),
      ("printf old > key", "", .needsPerson, "new", "a plan holds only the SHA-256"),
      ("", "printf theirs > key", .needsPerson, "theirs", "was changed since the run"),
      ("", "rm key", .rolledBack, nil, ""), ("printf old > key", "printf old > key", .rolledBack, "old", ""),
      ("", "rm key; ln -s view.json key", .needsPerson, nil, "symbolic link"),
    ] as [(String, String, ExitCode, String?, String)])
  func copies(_ before: String, _ since: String, _ exit: ExitCode, _ content: String?, _ why: String)
    async throws
  {
    let scratch = ScratchDirectory()
    let source = scratch.path(of: "key")
    try replaceFile(source, with: Array("new".utf8))
    let steps = "copy:\n  act: Copy\n  at: n1\n  copy: { from: \(source), path: \"${here.home}/key\" }"
    let (bench, machine) = try await finished(steps, on: "n1") { _ = try await $0.run("true; \(before)") }
    #expect(machine.text("key") == "new")
    if !since.isEmpty { _ = try await machine.run(since) }
    #expect(try await bench.goBack(bench.transport()) == exit)
    if !why.contains("link") { #expect(machine.text("key") == content) }
    let owed = try bench.owed()["copy"] ?? ""
    #expect(why.isEmpty ? owed.isEmpty : owed.contains(why), "\(owed)")
  }

  @Test func aFileThatOthersChangedIsLeftAloneThoughItsEarlierVersionIsStillThere() async throws {
    let bench = try Bench(
      """
      file: { act: File, at: n2, file: { path: "${node.home}/f", content: "new" } }
      check: { verify: Check, at: n1, run: "false" }
      """)
    let machine = try #require(bench.machines[NodeName("n2")])
    _ = try await machine.run("printf old > f")
    let away = bench.transport { $0.runs("file.0.undo.1") ? .refuse("no route") : .none }
    #expect(try await bench.start(away, plan: try await bench.survey(away)) == .needsPerson)
    _ = try await machine.run("printf theirs > f")
    #expect(try await bench.goBack(bench.transport()) == .needsPerson)
    #expect(machine.text("f") == "theirs")
    _ = try await machine.run("printf old > f")
    #expect(try await bench.goBack(bench.transport()) == .rolledBack, "as before is as good as put back")
    #expect(try await machine.run("ls; cat f").stdout.text == "f\nview.json\nold")
  }

  private static let emptied = """
    aside: { act: Put the logs aside, at: n4, move-aside: { path: "${here.home}/log", missing: ok } }
    wipe: { act: Empty it, at: n4, wipe: { path: "${here.home}/data", service: db, archive: "${here.home}/keep" } }
    """

  @Test(
    arguments: [
      ("true", ExitCode.rolledBack, "x\ny\n", ""),
      // What has come since is kept under another name.
      ("echo z > data/z; mkdir log; echo w > log/w", .rolledBack, "x\ny\nz\nw\n", ""),
      ("rm -r keep", .needsPerson, "y\n", "is no longer there"),
      ("rm -r log.set-aside-run-1", .needsPerson, "x\n", "is no longer there"),
    ] as [(String, ExitCode, String, String)])
  func whatWasEmptiedOrMoved(_ since: String, _ exit: ExitCode, _ left: String, _ why: String) async throws {
    let (bench, machine) = try await finished(Self.emptied, spare: NodeName("n4"), on: "n4") { machine in
      try machine.installSystemd()
      try await machine.unit("db", active: "inactive", enabled: "enabled")
      _ = try await machine.run("mkdir data log; echo x > data/.x; echo y > log/y")
    }
    _ = try await machine.run(since)
    #expect(try await bench.goBack(bench.transport()) == exit)
    let files = "data/.x log/y data.made-since-run-1/z log.made-during-run-1/w"
    #expect(try await machine.run("cat \(files) 2>/dev/null").stdout.text == left)
    let owed = try bench.owed().values.joined()
    #expect(why.isEmpty ? owed.isEmpty : owed.contains(why), "\(owed)")
  }
}
