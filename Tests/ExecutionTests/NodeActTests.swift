@testable import Execution
import Hashing
import Model
import Planning
import Platform
import TestSupport
import Testing

/// The scripts of acts that bring their own undo, read by real shells.
@Suite struct NodeActTests {
  static let shells = LocalShell.Kind.allCases.filter(\.isInstalled)
  private let site = ActSite(run: RunID("r1"), task: "act.0")

  private func perform(_ act: some NodeAct, on machine: LocalShell) async throws -> SubprocessResult {
    try await machine.run(try act.command(in: site))
  }

  private func undo(_ act: some NodeAct, on machine: LocalShell) async throws -> SubprocessResult {
    try await machine.run(try act.undoCommand(in: site))
  }

  // MARK: Services

  @Test("a service goes back to the state that it had", arguments: shells)
  func services(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    try machine.installSystemd()
    let acts: [(ServiceState?, Bool?, String)] = [
      (.stopped, nil, "inactive "), (.started, true, "active enabled"), (.restarted, nil, "active "),
      (nil, false, " disabled"), (.stopped, false, "inactive disabled"),
    ]
    let all = ["active enabled", "inactive disabled", "active enabled-runtime", "inactive static"]
    for before in kind == .sh ? all : Array(all.prefix(1)) {
      let words = before.split(separator: " ").map(String.init)
      for (state, enabled, after) in acts {
        try await machine.unit("x", active: words[0], enabled: words[1])
        let act = PlannedService(name: "x", state: state, enabled: enabled)
        #expect(try await perform(act, on: machine).isSuccess)
        let seen = try await machine.unitState("x").split(separator: " ").map(String.init)
        for (part, wanted) in after.split(separator: " ", omittingEmptySubsequences: false).enumerated()
        where !wanted.isEmpty { #expect(seen[part] == wanted) }
        // Twice, as after an undo whose outcome nobody saw.
        for _ in 0..<2 { #expect(try await undo(act, on: machine).isSuccess) }
        // What systemd cannot disable, it cannot enable either.
        if words[1] != "static" || enabled == nil { #expect(try await machine.unitState("x") == before) }
      }
    }
  }

  @Test func aUnitThatSystemdDoesNotKnowIsAnError() async throws {
    let machine = try LocalShell()
    try machine.installSystemd()
    let act = PlannedService(name: "etdc", state: .stopped, enabled: nil)
    let result = try await perform(act, on: machine)
    #expect(!result.isSuccess && result.stderr.text.contains("systemd knows no etdc"))
    #expect(try await undo(act, on: machine).isSuccess)
    #expect(machine.text("systemctl.log")?.contains("stop") == false)
  }

  @Test func theStateBeforeIsForgottenInTheEnd() async throws {
    let machine = try LocalShell()
    try machine.installSystemd()
    try await machine.unit("x", active: "active", enabled: "enabled")
    let act = PlannedService(name: "x", state: .stopped, enabled: nil)
    #expect(try await perform(act, on: machine).isSuccess)
    #expect(try await machine.run("ls .local/state/belay/kept/r1").stdout.text == "act.0\n")
    #expect(try await machine.run(act.forgetCommand(in: site) ?? "false").isSuccess)
    #expect(try await machine.run("ls .local/state/belay/kept").stdout.text == "")
  }

  // MARK: Moving aside

  @Test("what is moved aside comes back, and nothing is overwritten", arguments: shells)
  func moving(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    let path = "\(machine.home)/data"
    let act = PlannedMove(path: path, mayBeMissing: false)
    _ = try await machine.run("mkdir data; echo one > data/.f")
    #expect(try await perform(act, on: machine).isSuccess)
    #expect(try await machine.run("ls -A; cat data.*/.f").stdout.text == "data.set-aside-r1\none\n")
    // Something took its place meanwhile: it is kept too.
    _ = try await machine.run("mkdir data; echo two > data/g")
    for _ in 0..<2 { #expect(try await undo(act, on: machine).isSuccess) }
    #expect(
      try await machine.run("cat data/.f data.made-during-r1/g; ls data*").stdout.text.hasPrefix("one\ntwo\n")
    )
    #expect(try await machine.run("ls -A data").stdout.text == ".f\n")
  }

  @Test func movesThatAreRefused() async throws {
    let machine = try LocalShell()
    func reason(_ name: String, missing: Bool = false) async throws -> String {
      let act = PlannedMove(path: "\(machine.home)/\(name)", mayBeMissing: missing)
      return try await perform(act, on: machine).stderr.text
    }
    _ = try await machine.run("touch f f.set-aside-r1; ln -s f link")
    #expect(try await reason("f").contains("f.set-aside-r1 is there already"))
    #expect(try await reason("link").contains("symbolic link"))
    #expect(try await reason("none").contains("is not there"))
    #expect(try await reason("none", missing: true) == "")
    #expect(try await machine.run("ls -A").stdout.text == "f\nf.set-aside-r1\nlink\n")
    for path in ["/var/lib/../x", "/etc", "relative/x", "/a/$(x)", "/a/b*"] {
      #expect(throws: MissingValue.self) { try PlannedMove(path: path, mayBeMissing: true).command(in: site) }
    }
  }

  // MARK: Wiping

  private func machineWithData(_ kind: LocalShell.Kind = .sh) async throws -> LocalShell {
    let machine = try LocalShell(kind)
    try machine.installSystemd()
    try await machine.unit("db", active: "inactive", enabled: "enabled")
    _ = try await machine.run(
      "mkdir -p data/member/.hidden keep; printf 'a\\000b' > data/member/wal; echo x > 'data/-rf'; echo y > 'data/a b'; "
        + "touch data/.dot 'data/..two'; ln -s /etc/passwd data/link; chmod 750 data; chmod 600 data/member/wal"
    )
    return machine
  }

  private func listing(_ machine: LocalShell) async throws -> String {
    try await machine.run("find data -printf '%p %m %s %l\\n' | sort; cksum data/member/wal").stdout.text
  }

  private func wipe(_ machine: LocalShell, path: String = "data", archive: Bool = true) -> PlannedWipe {
    PlannedWipe(
      path: "\(machine.home)/\(path)", service: "db", archive: archive ? "\(machine.home)/keep" : nil)
  }

  @Test("what is wiped is archived first, and comes back", arguments: shells)
  func wiping(_ kind: LocalShell.Kind) async throws {
    let machine = try await machineWithData(kind)
    let before = try await listing(machine)
    let act = wipe(machine)
    let result = try await perform(act, on: machine)
    #expect(result.isSuccess, "\(result.stderr.text)")
    #expect(
      try await machine.run("ls -A data; ls keep; stat -c %a data").stdout.text == "belay-r1-act.0.tar\n750\n"
    )
    // Once more finds nothing to do, and keeps the archive.
    #expect(try await perform(act, on: machine).isSuccess)
    _ = try await machine.run("echo new > data/new")
    for _ in 0..<2 { #expect(try await undo(act, on: machine).isSuccess) }
    let after = try await listing(machine)
    #expect(after == before, "\(after)\n\(before)")
    #expect(try await machine.run("ls keep").stdout.text == "")
  }

  @Test func wipingWithoutAnArchive() async throws {
    let machine = try await machineWithData()
    #expect(try await perform(wipe(machine, archive: false), on: machine).isSuccess)
    #expect(try await machine.run("ls -A data keep").stdout.text == "data:\n\nkeep:\n")
  }

  @Test(arguments: shells) func wipesThatAreRefused(_ kind: LocalShell.Kind) async throws {
    let machine = try await machineWithData(kind)
    let before = try await listing(machine)
    func reason(_ act: PlannedWipe) async throws -> String { try await perform(act, on: machine).stderr.text }

    _ = try await machine.run("ln -s data link; mkdir real; ln -s real via; mkdir real/data; touch file")
    #expect(try await reason(wipe(machine, path: "link")).contains("symbolic link"))
    #expect(try await reason(wipe(machine, path: "via/data")).contains("symbolic link"))
    #expect(try await reason(wipe(machine, path: "file")).contains("is not a directory"))
    for state in ["active", "activating", "deactivating", "reloading"] {
      try await machine.unit("db", active: state, enabled: "enabled")
      #expect(try await reason(wipe(machine)).contains("db is not inactive"))
    }
    var unknown = wipe(machine)
    unknown.service = "bd"
    #expect(try await reason(unknown).contains("systemd knows no bd"))
    try await machine.unit("db", active: "inactive", enabled: "enabled")
    // Its own applets stand where these would be put.
    if kind == .busybox { return }
    try machine.install(
      "df", script: "printf 'Filesystem 1024-blocks Used Available\\n/dev/x 10 9 1 90%% /\\n'")
    #expect(try await reason(wipe(machine)).contains("has 1 KiB free"))
    if kind == .busybox { return }
    try machine.install("df", script: "echo x 1 1 99999999 1 /")
    try machine.install("tar", script: "case $* in -tf*) exit 2 ;; esac; exec /usr/bin/tar \"$@\"")
    #expect(try await !perform(wipe(machine), on: machine).isSuccess)
    #expect(try await undo(wipe(machine), on: machine).isSuccess)
    #expect(try await listing(machine) == before)
    #expect(try await machine.run("ls -A keep").stdout.text == "")
  }

  @Test func aRunningServiceKeepsWhatItHasWrittenSince() async throws {
    let machine = try await machineWithData()
    #expect(try await perform(wipe(machine), on: machine).isSuccess)
    try await machine.unit("db", active: "active", enabled: "enabled")
    _ = try await machine.run("echo new > data/new")
    #expect(try await undo(wipe(machine), on: machine).stderr.text.contains("db is not inactive"))
    #expect(try await machine.run("ls -A data; ls keep").stdout.text == "new\nbelay-r1-act.0.tar\n")
  }

  @Test func aWipeKilledAtAnyMomentCanBeUndone() async throws {
    var random = SeededRandom.fresh()
    for _ in 0..<8 {
      let machine = try await machineWithData()
      _ = try await machine.run("for i in 1 2 3 4 5 6 7 8 9; do head -c 100000 /dev/zero > data/$i; done")
      let before = try await listing(machine)
      let milliseconds = Int.random(in: 1...60, using: &random)
      let killed = "timeout -s KILL 0.0\(milliseconds < 10 ? "0" : "")\(milliseconds) "
      _ = try await machine.run(killed + (try wipe(machine).command(in: site)))
      _ = try await machine.run(killed + (try wipe(machine).undoCommand(in: site)))
      #expect(try await undo(wipe(machine), on: machine).isSuccess, "seed \(random.seed)")
      #expect(try await listing(machine) == before, "seed \(random.seed)")
    }
  }
}
