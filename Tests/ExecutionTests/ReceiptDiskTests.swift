import Execution
import Model
import Platform
import TestSupport
import Testing
import Transport

/// What of a receipt comes to the disk, how long it stays, and what becomes of an act when it cannot.
@Suite struct ReceiptDiskTests: ReceiptBench {
  @Test("guarantee 4: after a reboot the outcome of what was under way is unknown", arguments: shells)
  func rebooted(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    _ = try await run("exit 0", in: machine)
    _ = try await machine.run("rm \(place).exit; echo another-boot > \(place).boot")
    let lost = Receipt.State.unknown(reason: "the node was rebooted before its end was on disk")
    #expect(try await ask(machine) == lost)
    // It had ended, but who knows what else of it came to the disk?
    _ = try await machine.run("echo 0 > \(place).exit")
    #expect(try await ask(machine) == lost)
    _ = try await machine.run("echo whole >> \(place).exit")
    #expect(try await ask(machine) == .done(exit: 0))
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

  @Test("guarantee 3: an act begins only once its claim is on the disk", arguments: shells)
  func claimBeforeAct(_ kind: LocalShell.Kind) async throws {
    let machine = try LocalShell(kind)
    try machine.install(
      "sync", script: "case $* in *.boot*) sleep 0.3; [ ! -e broken ] || exit 1; echo claimed >> acts ;; esac"
    )
    _ = try await machine.run("touch broken")
    let outcome = try await run("echo acted >> acts", in: machine)
    guard case .unknown(let reason) = outcome.state else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains("the receipt could not be kept"))
    #expect(try await ask(machine) == .never)
    #expect(machine.text("acts") == nil)
    _ = try await machine.run("rm broken")
    #expect(try await run("echo acted >> acts", in: machine).state == .done(exit: 0))
    #expect(machine.text("acts") == "claimed\nacted\n")
  }

  @Test("guarantee 4: an outcome counts after a reboot only if what the act printed had come to the disk")
  func outputBeforeOutcome() async throws {
    let machine = try LocalShell()
    try machine.install("sync", script: "case $* in *.out*) [ ! -e broken ] ;; esac")
    for isBroken in [true, false] {
      let receipt = Receipt(run: RunID("r1"), name: "print.\(isBroken)")
      let place = ".local/state/belay/receipts/r1/print.\(isBroken)"
      _ = try await machine.run(isBroken ? "touch broken" : "rm broken")
      let command = receipt.runCommand("echo said", timeoutSeconds: 5)
      #expect(try await send(command, to: machine).state == .done(exit: 0))
      // Both ways end with the outcome's own way to the disk, which nobody waits for.
      for _ in 0..<100 where machine.text("\(place).exit") != "0\nwhole\n" {
        if isBroken { break }
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(try await send(receipt.askCommand, to: machine).state == .done(exit: 0))
      _ = try await machine.run("echo another-boot > \(place).boot")
      let state = try await send(receipt.askCommand, to: machine).state
      #expect((state == .done(exit: 0)) == !isBroken, "\(state)")
    }
  }
}
