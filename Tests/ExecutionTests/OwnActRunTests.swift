@testable import Execution
import Hashing
import Journal
import Model
@testable import Planning
import Platform
import TestSupport
import Testing
import Transport

/// Runs with acts that bring their own undo, from the look at the nodes to the journal.
@Suite struct OwnActRunTests {
  private static let failing = """
    check:
      verify: It never holds
      at: n1
      run: "false"
    """

  private func start(
    _ bench: Bench, exit: ExitCode, before: () async throws -> Void = {},
    losing receipt: String? = nil
  ) async throws -> Plan {
    let transport = bench.transport { request in
      receipt.map { request.runs($0) } == true ? .loseAnswer : .none
    }
    let plan = try await bench.survey(transport)
    #expect(plan.isApplicable, "\(plan.refusals)")
    try await before()
    let ended = try await bench.start(transport, plan: plan)
    let events = try bench.events()
    #expect(ended == exit, "\(events)")
    return plan
  }

  private func machine(_ bench: Bench, _ node: String = "n1") throws -> LocalShell {
    try #require(bench.machines[NodeName(node)])
  }

  // MARK: Settings

  private static let settings = """
    tune:
      act: Tune it
      at: n1
      file: { path: "${here.home}/x.toml", set: { raft.tick_ms: 200, "raft.name": "${here.name}" } }
    again:
      act: Tune it more
      at: n1
      file: { path: "${here.home}/x.toml", set: { raft.tick_ms: 300 }, remove: [old] }
    """

  @Test func settingsAreChangedOneActOnTopOfTheOther() async throws {
    let bench = try Bench(Self.settings)
    let machine = try machine(bench)
    _ = try await machine.run(
      "printf '# why\\nold = 1\\n[raft]\\ntick_ms = 100 # ms\\n' > x.toml; chmod 640 x.toml")
    let plan = try await start(bench, exit: .done)
    #expect(machine.text("x.toml") == "# why\n[raft]\ntick_ms = 300 # ms\nname = \"n1\"\n")
    #expect(try await machine.run("stat -c %a x.toml; ls *before* 2>/dev/null").stdout.text == "640\n")
    guard case .file(let second)? = plan.step(StepID("again"))?.tasks.first?.work else { return }
    #expect(
      second.previous
        == .present(
          content: "# why\nold = 1\n[raft]\ntick_ms = 200 # ms\nname = \"n1\"\n", mode: "640",
          owner: "nobody:nogroup")
        || !LocalShell.isRoot)
  }

  @Test func settingsGoBackByteForByte() async throws {
    let bench = try Bench(Self.settings + "\n" + Self.failing)
    let machine = try machine(bench)
    let before = "old = 1\n[raft]\r\n  tick_ms =100"
    _ = try await machine.run("printf 'old = 1\\n[raft]\\r\\n  tick_ms =100' > x.toml")
    _ = try await start(bench, exit: .rolledBack)
    #expect(machine.text("x.toml") == before)
  }

  @Test func settingsThatChangedSinceTheReviewAreLeftAlone() async throws {
    let bench = try Bench(Self.settings)
    let machine = try machine(bench)
    _ = try await machine.run("echo 'old = 1' > x.toml")
    _ = try await start(
      bench, exit: .rolledBack, before: { _ = try await machine.run("echo 'old = 2' > x.toml") })
    #expect(machine.text("x.toml") == "old = 2\n")
  }

  @Test func settingsOfWhatCannotBeReadAreRefused() async throws {
    let bench = try Bench(Self.settings)
    let machine = try machine(bench)
    for (content, reason) in [
      ("", "is not there; `create: true`"), ("printf 'a = 1\\na = 2' >", "x.toml:2:1: a is there twice"),
    ] {
      _ = try await machine.run(content.isEmpty ? "true" : "\(content) x.toml")
      let plan = try await bench.survey(bench.transport())
      #expect(plan.refusals.contains { $0.reason.contains(reason) }, "\(plan.refusals)")
    }
  }

  // MARK: Services

  private static let service = """
    stop:
      act: Stop it
      at: n3
      effect: { stop: n3 }
      service: { name: db, state: stopped, enabled: false }
    """

  @Test func aStoppedServiceIsStartedAgain() async throws {
    let bench = try Bench(Self.service + "\n" + Self.failing)
    let machine = try machine(bench, "n3")
    try machine.installSystemd()
    try await machine.unit("db", active: "active", enabled: "enabled")
    let plan = try await start(bench, exit: .rolledBack)
    #expect(try await machine.unitState("db") == "active enabled")
    #expect(
      plan.step(StepID("stop"))?.undo == .restore(effect: PlannedEffect(kind: .start, node: NodeName("n3"))))
    #expect(machine.text("systemctl.log")?.contains("stop -- db\n") == true)
    let guarded = try bench.events().contains { if case .guarded = $0 { true } else { false } }
    #expect(guarded)
  }

  @Test("guarantee 3: an answer that got lost is fetched from the receipt")
  func aLostAnswer() async throws {
    let bench = try Bench(Self.service)
    let machine = try machine(bench, "n3")
    try machine.installSystemd()
    try await machine.unit("db", active: "active", enabled: "enabled")
    _ = try await start(bench, exit: .done, losing: "stop.0")
    #expect(try await machine.unitState("db") == "inactive disabled")
    let log = machine.text("systemctl.log") ?? ""
    #expect(log.split(separator: "\n").count { $0.hasPrefix("stop") } == 1, "\(log)")
    #expect(try await machine.run("ls .local/state/belay/kept").stdout.text == "")
  }

  @Test(
    "guarantee 5: when its controller dies at a write to the journal, a run resumed restores the service all the same"
  )
  func resumed() async throws {
    let text = Self.service + "\n" + Self.failing
    let whole = FaultyStorage()
    #expect(try await run(text, storage: whole).exit == .rolledBack)
    let moments = whole.operations.indices.filter { whole.operations[$0] == "append" }.dropFirst(2)
    #expect(moments.count >= 8)
    for moment in moments where moment % 3 == 0 || moment == moments.last {
      let storage = FaultyStorage(.init(at: moment, code: 5, bytesWritten: moment % 3 * 20, isForGood: true))
      let (bench, exit) = try await run(text, storage: storage)
      #expect(exit == nil, "the controller dies at \(moment)")
      if case .ended = try bench.replayAfterRepair().machine.phase { continue }
      #expect(try await bench.resume(bench.transport()) == .rolledBack)
      #expect(try await machine(bench, "n3").unitState("db") == "active enabled")
    }
  }

  /// The exit code is nil when the journal could not be written.
  private func run(_ text: String, storage: FaultyStorage) async throws -> (bench: Bench, exit: ExitCode?) {
    let bench = try Bench(text)
    let machine = try machine(bench, "n3")
    try machine.installSystemd()
    try await machine.unit("db", active: "active", enabled: "enabled")
    let plan = try await bench.survey(bench.transport())
    return (bench, try? await bench.start(bench.transport(), plan: plan, storage: storage))
  }

  @Test func aUnitThatIsNotThereIsFoundWhilePlanning() async throws {
    let bench = try Bench(Self.service)
    try machine(bench, "n3").installSystemd()
    let plan = try await bench.survey(bench.transport())
    #expect(plan.refusals.map(\.reason) == ["n3: systemd knows no db"])
  }

  // MARK: Copies

  @Test func copiesAreBinaryAndSecret() async throws {
    let scratch = ScratchDirectory()
    let secret = Array("-----BEGIN PRIVATE KEY-----".utf8) + (0...255).map { UInt8($0) }
    let source = scratch.path(of: "key.pem")
    try replaceFile(source, with: secret)
    let act =
      "copy:\n  act: Hand out the key\n  at: members\n"
      + "  copy: { from: \(source), path: \"${here.home}/key\", mode: \"0600\" }\n"
    let bench = try Bench(act)
    for node in Bench.names { _ = try await machine(bench, node.rawValue).run("printf old > key") }
    _ = try await start(bench, exit: .done)
    for node in Bench.names {
      let home = try machine(bench, node.rawValue).home
      #expect(try readFile("\(home)/key", limit: 1000) == secret)
    }
    let journal = String(decoding: try readFile(bench.journalPath, limit: 1 << 22), as: UTF8.self)
    #expect(journal.contains(sha256(secret).hex) && !journal.contains("PRIVATE KEY"))

    let back = try Bench(act + Self.failing)
    _ = try await start(back, exit: .rolledBack)
    #expect(try await machine(back).run("ls key* 2>/dev/null").stdout.text == "")

    let changed = try Bench(act)
    _ = try await start(changed, exit: .refused, before: { try replaceFile(source, with: [1]) })
    #expect(try machine(changed).text("key") == nil)
  }

  @Test("guarantee 14: a run that writes one file several times goes back step by step")
  func oneFileSeveralTimes() async throws {
    let scratch = ScratchDirectory()
    for name in ["one", "two"] { try replaceFile(scratch.path(of: name), with: Array(name.utf8)) }
    func copy(_ name: String) -> String {
      "copy_\(name):\n  act: Copy\n  at: n1\n  copy: { from: \(scratch.path(of: name)), path: \"${here.home}/f\" }\n"
    }
    func seen(_ name: String) -> String {
      "see_\(name):\n  act: See\n  at: n1\n  run: \"true\"\n"
        + "  rollback: { run: \"cat ${here.home}/f >> ${here.home}/acts\" }\n"
    }
    let file = "file:\n  act: Write\n  at: n1\n  file: { path: \"${here.home}/f\", content: three }\n"
    let steps = copy("one") + seen("one") + file + seen("file") + copy("two") + seen("two")
    let bench = try Bench(steps)
    _ = try await machine(bench).run("printf old > f")
    _ = try await start(bench, exit: .done)
    #expect(try machine(bench).text("f") == "two")
    let back = try Bench(steps + Self.failing)
    _ = try await machine(back).run("printf old > f")
    _ = try await start(back, exit: .rolledBack)
    #expect(try machine(back).text("f") == "old")
    #expect(back.acts() == ["twothreeone"])
  }

  @Test func aSourceThatIsNotThereIsFoundWhilePlanning() async throws {
    let bench = try Bench("c:\n  act: Copy\n  at: n1\n  copy: { from: /nowhere/x, path: /etc/x }")
    let plan = try await bench.survey(bench.transport())
    #expect(plan.refusals.first?.reason.contains("/nowhere/x") == true)
  }

  // MARK: Moving aside and wiping

  private static func wipe(_ node: String) -> String {
    """
    aside:
      act: Put the logs aside
      at: \(node)
      move-aside: { path: "${here.home}/log", missing: ok }
    wipe:
      act: Empty the data
      at: \(node)
      wipe: { path: "${here.home}/data", service: db, archive: "${here.home}/keep" }
    """
  }

  private func prepare(_ machine: LocalShell) async throws {
    try machine.installSystemd()
    try await machine.unit("db", active: "inactive", enabled: "enabled")
    _ = try await machine.run("mkdir data log; echo x > data/.x; echo y > log/y")
  }

  @Test func aStrangerIsWipedAndRestored() async throws {
    let bench = try Bench(Self.wipe("n4") + "\n" + Self.failing, spare: NodeName("n4"))
    let machine = try machine(bench, "n4")
    try await prepare(machine)
    _ = try await start(bench, exit: .rolledBack)
    #expect(try await machine.run("cat data/.x log/y; ls keep").stdout.text == "x\ny\n")
  }

  @Test func aStrangerIsWiped() async throws {
    let bench = try Bench(Self.wipe("n4"), spare: NodeName("n4"))
    let machine = try machine(bench, "n4")
    try await prepare(machine)
    _ = try await start(bench, exit: .done)
    #expect(
      try await machine.run("ls -A data; ls -d log* keep/*").stdout.text
        == "keep/belay-run-1-wipe.0.tar\nlog.set-aside-run-1\n")
  }

  @Test func aMemberIsNeverWiped() async throws {
    let bench = try Bench(Self.wipe("n3"))
    let machine = try machine(bench, "n3")
    try await prepare(machine)
    let transport = bench.transport()
    let plan = try await bench.survey(transport)
    // Planning cannot tell when an act comes before; the run looks again.
    #expect(try await bench.start(transport, plan: plan) == .rolledBack)
    #expect(try await machine.run("cat data/.x log/y").stdout.text == "x\ny\n")
    let refused = try bench.events().contains {
      if case .finished(_, .refused(let reason), _) = $0 {
        reason == "n3 is a member of the cluster"
      } else {
        false
      }
    }
    #expect(refused)
  }

  @Test func onlyWhatTheSystemAllowsIsWiped() throws {
    let bench = try Bench(
      "w:\n  act: Wipe\n  at: n1\n  wipe: { path: /var/lib/other, service: db, archive: /var/backups }")
    #expect(throws: DiagnosticList.self) { try bench.plan() }
  }
}
