import Execution
import Model
import Platform
import TestSupport
import Testing
import Transport

/// The receipt's script, read by real shells.
@Suite struct ReceiptTests {
  static let shells = LocalShell.Kind.allCases.filter(\.isInstalled)
  private let receipt = Receipt(run: RunID("r1"), name: "join.0")
  private let place = ".local/state/belay/receipts/r1/join.0"

  private func run(
    _ command: String, in machine: LocalShell, stdin: String = "", timeoutSeconds: Int = 10
  ) async throws -> (state: Receipt.State, stdout: String, stderr: String) {
    try await send(receipt.runCommand(command, timeoutSeconds: timeoutSeconds), to: machine, stdin: stdin)
  }

  private func ask(_ machine: LocalShell) async throws -> Receipt.State {
    try await send(receipt.askCommand, to: machine).state
  }

  private func send(_ text: String, to machine: LocalShell, stdin: String = "") async throws
    -> (state: Receipt.State, stdout: String, stderr: String)
  {
    let result = try await machine.run(text, stdin: Array(stdin.utf8), outputLimit: 4 << 20)
    guard case .status(let status) = result.exit else {
      throw FixtureError("the shell ended by \(result.exit)")
    }
    let (state, stdout) = Receipt.read(
      CommandResult(
        exit: .status(Int(status)),
        stdout: CapturedOutput(bytes: result.stdout.bytes, total: result.stdout.total),
        stderr: CapturedOutput(bytes: result.stderr.bytes, total: result.stderr.total)))
    return (state, String(decoding: stdout, as: UTF8.self), result.stderr.text)
  }

  @Test("guarantee 3: an act runs once, and whoever asks again learns how it ended", arguments: shells)
  func once(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    #expect(try await ask(machine) == .never)
    let command = "cat; echo x >> acts; echo 'it''s \"here\"' $((1+1)); echo oops >&2; exit 3"
    let first = try await run(command, in: machine, stdin: "from stdin\n")
    #expect(first.state == .done(exit: 3))
    #expect(first.stdout == "from stdin\nits \"here\" 2\n")
    #expect(first.stderr == "oops\n")
    // The same receipt again, even for another command: nothing is run, the outcome is the first one's.
    let second = try await run("echo y >> acts", in: machine)
    #expect(second.state == first.state)
    #expect(second.stdout == first.stdout)
    #expect(second.stderr == first.stderr)
    #expect(try await ask(machine) == .done(exit: 3))
    #expect(machine.text("acts") == "x\n")
  }

  @Test("guarantee 3: of ten callers at once, one runs it and all hear of it", arguments: shells)
  func tenAtOnce(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    let states = try await withThrowingTaskGroup(of: Receipt.State.self) { group in
      for _ in 0..<10 {
        group.addTask { try await run("echo x >> acts; sleep 0.2; exit 4", in: machine).state }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(states == Array(repeating: .done(exit: 4), count: 10))
    #expect(machine.text("acts") == "x\n")
  }

  @Test("guarantee 3: it goes on when its caller is killed, and is waited for", arguments: shells)
  func callerKilled(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    let act = "echo x >> acts; until [ -e go ]; do sleep 0.05; done; echo done >> acts"
    let command = receipt.runCommand(act, timeoutSeconds: 20)
    let caller = Task { try await machine.run(command) }
    for _ in 0..<500 where machine.text("acts") == nil { try await Task.sleep(for: .milliseconds(20)) }
    caller.cancel()
    #expect(try await caller.value.exit == .cancelled)
    _ = try await machine.run("touch go")
    #expect(try await ask(machine) == .done(exit: 0))
    #expect(machine.text("acts") == "x\ndone\n")
  }

  @Test(
    "guarantee 4: when its runner is killed the outcome is unknown, not before the act is over",
    arguments: shells)
  func runnerKilled(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    // The runner is the parent of `timeout`; busybox's becomes the act itself.
    let suicide = """
      echo begun > act; read -r _ _ _ runner _ < /proc/$$/stat
      case $(tr '\\0' ' ' < /proc/$runner/cmdline) in timeout*) read -r _ _ _ runner _ < /proc/$runner/stat ;; esac
      kill -9 $runner; sleep 2; echo over >> act
      """
    let outcome = try await run(suicide, in: machine)
    guard case .unknown(let reason) = outcome.state else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains("died"))
    #expect(machine.text("act") == "begun\nover\n")
    #expect(try await run("echo again >> act", in: machine).state == outcome.state, "it is not run again")
    #expect(machine.text("act")?.contains("again") == false)
  }

  @Test("guarantee 4: after a reboot the outcome of what was under way is unknown", arguments: shells)
  func rebooted(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    _ = try await run("exit 0", in: machine)
    _ = try await machine.run("rm \(place).exit; echo another-boot > \(place).boot")
    #expect(try await ask(machine) == .unknown(reason: "the node was rebooted while it ran"))
    // What had ended before the reboot has ended.
    _ = try await machine.run("echo 0 > \(place).exit")
    #expect(try await ask(machine) == .done(exit: 0))
  }

  @Test(arguments: shells)
  func longActsAreStoppedAndSaySo(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    let outcome = try await run("echo begun; sleep 30", in: machine, timeoutSeconds: 1)
    // busybox says 143: ended by SIGTERM.
    #expect(outcome.state == .done(exit: 124) || outcome.state == .done(exit: 143))
    #expect(outcome.stdout == "begun\n")
  }

  @Test("guarantee 15: what an act prints is bounded", arguments: shells)
  func hugeOutput(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    let outcome = try await run("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2", in: machine)
    #expect(outcome.state == .done(exit: 0))
    #expect(outcome.stdout.utf8.count == 1 << 20)
    #expect(outcome.stderr.utf8.count == 1 << 20)
  }

  @Test(arguments: shells)
  func aDaemonThatAnActLeavesHoldsNothingUp(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    let start = ContinuousClock.now
    let outcome = try await run("setsid sleep 60 >/dev/null 2>&1 & echo $!", in: machine, timeoutSeconds: 30)
    #expect(outcome.state == .done(exit: 0))
    #expect(ContinuousClock.now - start < .seconds(20))
    if let daemon = Int32(outcome.stdout.split(separator: "\n").first ?? "") {
      _ = try await machine.run("kill \(daemon)")
    }
  }

  @Test func theOutcomesOfSignalsAreKept() async throws {
    let machine = try LocalShell()
    #expect(try await run("kill -9 $$", in: machine).state == .done(exit: 137))
  }

  @Test func forgettingARunForgetsItsReceiptsOnly() async throws {
    let machine = try LocalShell()
    _ = try await run("exit 0", in: machine)
    let other = Receipt(run: RunID("r2"), name: "join.0")
    _ = try await machine.run(other.runCommand("exit 0", timeoutSeconds: 5))
    #expect(try await send(Receipt.forgetCommand(run: RunID("r1")), to: machine).state == .never)
    #expect(try await ask(machine) == .never)
    #expect(try await send(other.askCommand, to: machine).state == .done(exit: 0))
  }

  @Test(
    "guarantee 3: what is left of runs of long ago goes with the next run, but not what is running, nor that it was there",
    arguments: shells)
  func longAgo(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    let receipts = ".local/state/belay/receipts"
    func other(_ run: String) -> Receipt { Receipt(run: RunID(run), name: "join.0") }
    let slow = other("running").runCommand("until [ -e go ]; do sleep 0.05; done", timeoutSeconds: 20)
    let running = Task { try await machine.run(slow) }
    for run in ["old", "young"] {
      _ = try await machine.run(other(run).runCommand("echo x >> acts", timeoutSeconds: 9))
      // busybox's timeout stays for a moment and holds the lock; who asks waits for it.
      _ = try await machine.run(other(run).askCommand)
    }
    for _ in 0..<500 where machine.text("\(receipts)/running/join.0.boot") == nil {
      try await Task.sleep(for: .milliseconds(20))
    }
    _ = try await machine.run("cd \(receipts) && touch -d '2020-01-01 00:00' old running")
    _ = try await run("true", in: machine)
    for _ in 0..<500 where machine.text("\(receipts)/old/join.0.out") != nil {
      try await Task.sleep(for: .milliseconds(20))
    }
    let old = try await send(other("old").askCommand, to: machine).state
    #expect(old == .unknown(reason: "what the node kept of it was deleted after 30 days"))
    #expect(machine.text("\(receipts)/old/join.0.exit") == nil)
    #expect(try await send(other("young").askCommand, to: machine).state == .done(exit: 0))
    _ = try await machine.run("touch go")
    #expect(try await send(other("running").askCommand, to: machine).state == .done(exit: 0))
    _ = try await running.value
    // The run may still go on, and what it does now is kept as ever.
    let next = Receipt(run: RunID("old"), name: "next.0")
    #expect(try await send(next.runCommand("exit 5", timeoutSeconds: 9), to: machine).state == .done(exit: 5))
    #expect(try await send(next.askCommand, to: machine).state == .done(exit: 5))
  }

  @Test("guarantee 3: a node that cannot keep a receipt runs nothing and says why")
  func noPlaceForReceipts() async throws {
    let machine = try LocalShell()
    _ = try await machine.run("mkdir .local; touch .local/state")
    let outcome = try await run("echo x >> acts", in: machine)
    guard case .unknown(let reason) = outcome.state else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains("the receipt could not be kept"))
    #expect(reason.contains(".local/state"))
    #expect(machine.text("acts") == nil)
    #expect(try await ask(machine) == .never)
  }

  @Test("guarantee 3: a claim that could not be finished is taken back")
  func claimWithoutPaper() async throws {
    let machine = try LocalShell()
    // A limit on the size of files stands for a full disk: the claim is made, its input does not fit.
    let command = receipt.runCommand("echo x >> acts", timeoutSeconds: 5)
    let result = try await machine.run(
      "trap '' XFSZ; ulimit -f 1; \(command)", stdin: Array(repeating: 65, count: 99_999))
    #expect(result.exit == .status(70))
    #expect(try await ask(machine) == .never)
    #expect(machine.text("acts") == nil)
    #expect(try await run("echo x >> acts", in: machine).state == .done(exit: 0))
  }

  @Test(
    "guarantee 4: an answer that is none is unknown",
    arguments: [
      ("", 0), ("nonsense\n", 0), ("belay-receipt\n", 0), ("belay-receipt done\n", 0),
      ("belay-receipt done x\n", 0),
      ("belay-receipt done 0\n", 255), ("belay-receipt perhaps\n", 0), ("motd\nbelay-receipt done 0\n", 0),
    ])
  func unreadable(_ text: String, _ exit: Int) {
    let result = CommandResult(exit: .status(exit), stdout: CapturedOutput(bytes: Array(text.utf8)))
    guard case .unknown = Receipt.read(result).state else {
      Issue.record("\(text) was taken for \(Receipt.read(result).state)")
      return
    }
    let lost = CommandResult(
      exit: .unknown(reason: "lost"), stdout: CapturedOutput(bytes: Array("belay-receipt done 0\n".utf8)))
    #expect(Receipt.read(lost).state == .unknown(reason: "lost"))
  }
}
