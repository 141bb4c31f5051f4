import Execution
import Model
import Platform
import TestSupport
import Testing
import Transport

/// The receipt's script, read by real shells.
@Suite struct ReceiptTests: ReceiptBench {
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

  @Test("guarantee 3: what was said never to have begun does not begin any more", arguments: shells)
  func neverIsForEver(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    #expect(try await ask(machine, attempt: 2) == .never)
    // Read late from a connection that has died meanwhile.
    for attempt in [1, 2] {
      let late = Receipt(run: receipt.run, name: receipt.name, attempt: attempt)
      #expect(
        try await send(late.runCommand("echo late >> acts", timeoutSeconds: 9), to: machine).state == .never)
    }
    #expect(try await ask(machine, attempt: 1) == .never)
    #expect(try await run("echo late >> acts", in: machine).state == .never)
    #expect(machine.text("acts") == nil)
    let next = Receipt(run: receipt.run, name: receipt.name, attempt: 3)
    let command = next.runCommand("echo next >> acts", timeoutSeconds: 9)
    #expect(try await send(command, to: machine).state == .done(exit: 0))
    #expect(machine.text("acts") == "next\n")
    #expect(try await ask(machine, attempt: 3) == .done(exit: 0))
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

  @Test("guarantee 3: it goes on when its connection is gone, and is waited for", arguments: shells)
  func connectionGone(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    let act = """
      read -r _ _ _ up _ < /proc/$$/stat; read -r _ _ _ _ group _ < /proc/$up/stat; echo $group > timeout
      read -r _ _ _ up _ < /proc/$up/stat; read -r _ _ _ _ group _ < /proc/$up/stat; echo $group > runner
      echo x >> acts; until [ -e go ]; do sleep 0.05; done; echo done >> acts; echo said
      """
    // Nobody reads its output any more.
    let command = "\(receipt.runCommand(act, timeoutSeconds: 20)) | :"
    let caller = Task { try await machine.run(command) }
    for _ in 0..<500 where machine.text("acts") == nil { try await Task.sleep(for: .milliseconds(20)) }
    // busybox's `timeout` has no process group of its own, and dies of the signal.
    if kind != .busybox {
      _ = try await machine.run("for s in HUP INT TERM; do kill -$s -$(cat runner); done")
    }
    _ = try await machine.run("touch go")
    let (state, stdout, _) = try await send(receipt.askCommand, to: machine)
    #expect(state == .done(exit: 0))
    #expect(stdout == "said\n")
    #expect(machine.text("acts") == "x\ndone\n")
    _ = try await caller.value
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
    #expect(outcome.state == .unknown(reason: "its runner on the node was killed by 9"))
    let dead = Receipt.State.unknown(reason: "whoever ran it on the node died before it ended")
    #expect(try await ask(machine) == dead)
    #expect(machine.text("act") == "begun\nover\n")
    #expect(try await run("echo again >> act", in: machine).state == dead, "it is not run again")
    #expect(machine.text("act")?.contains("again") == false)
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
