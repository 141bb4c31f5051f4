import Expressions

extension LintRule {
  static let unboundedLoop = LintRule(
    "unbounded-loop", "A loop in a command that ends only when something comes true.",
    explanation: """
      `until …; do sleep 1; done` goes on for ever when it never does, until the step's `timeout:` kills it without a \
      word on how far it came. Let belay ask: a verify step with `within:` and `every:` is bounded, shows what was last \
      seen, and its failure starts the rollback. A loop that counts is bounded too.
      """,
    help: "make it a verify step with `within:` and `every:`, or count the rounds",
    fires: .steps(
      """
      up:
        verify: It serves
        at: ${node}
        run: until etcdctl endpoint health; do sleep 1; done
      """),
    passes: .steps(
      """
      up:
        verify: It serves
        at: ${node}
        run: etcdctl endpoint health
        within: 1m
        every: 1s
      """),
    check: .script(findUnboundedLoop))

  static let fixedSleep = LintRule(
    "fixed-sleep", "A fixed wait where something could be asked.",
    explanation: """
      `sleep 10` is too short on the day it matters and too long on all others, and nothing looks at what was waited \
      for. Ask until it is so: a verify step with `within:`, `every:` and, where it must last, `steady:`.
      """,
    help: "ask for what you wait for: a verify step with `within:` and `every:`",
    fires: .steps(
      """
      settle:
        verify: The election is over
        at: ${node}
        run: |
          sleep 10
          etcdctl endpoint health
      """),
    passes: .steps(
      """
      settle:
        verify: The election is over
        at: ${node}
        run: etcdctl endpoint health
        within: 30s
        steady: 3
      """),
    check: .command(findFixedSleep))

  static let neverReturns = LintRule(
    "never-returns", "A command that does not end by itself.",
    explanation: """
      `journalctl -f`, `ping` without `-c`, `iostat 1` and a server in the foreground go on until the step's `timeout:` \
      kills them, and the step fails. Bound the command (`-n 100`, `-c 3`, `1 5`), poll with `within:`, or start a \
      server as the unit that will also be stopped.
      """,
    help: "bound it (a count, or `timeout 10 …`), or poll with `within:`",
    fires: .steps(
      """
      log:
        diagnose: The store registers
        at: ${node}
        run: journalctl -u placement-driver -f | grep "store_id=4"
      """),
    passes: .steps(
      """
      log:
        verify: The store registers
        at: ${node}
        run: journalctl -u placement-driver -n 200 | grep "store_id=4"
        within: 1m
      """),
    check: .command(findEndless))

  static let needsAPerson = LintRule(
    "needs-a-person", "A command that waits for a person at a terminal.",
    explanation: """
      Commands run without a terminal and without input: an editor, a pager, `top`, `watch` or a shell on another \
      machine fails at once or waits in vain. Change files with a `file:` act, ask with a command that prints and ends \
      (`top -bn1`), and give answers on the command line.
      """,
    help: "use a command that prints and ends; change files with `file:`",
    fires: .steps(
      """
      load:
        diagnose: What it is busy with
        at: ${node}
        run: top
      """),
    passes: .steps(
      """
      load:
        diagnose: What it is busy with
        at: ${node}
        run: top -bn1
      """),
    check: .command(findPersonNeeded))

  static let sudoPassword = LintRule(
    "sudo-password", "A `sudo` that may ask for a password.",
    explanation: """
      Nobody is there to type one: without `-n`, `sudo` waits for a terminal or fails with a message that hides the \
      cause. With `sudo -n` it says at once that it may not. Or log in as a user who may do the work.
      """,
    help: "write sudo -n",
    fires: .steps(
      """
      rules:
        diagnose: The port is open
        at: ${node}
        run: sudo iptables -S INPUT
      """),
    passes: .steps(
      """
      rules:
        diagnose: The port is open
        at: ${node}
        run: sudo -n iptables -S INPUT
      """),
    check: .script(findSudoPassword))
}

private let numericTests: Set<String> = ["-lt", "-le", "-gt", "-ge"]

private func findUnboundedLoop(_ script: LintScript) -> [LintFinding] {
  var loops: [Int: (loop: ShellCommand.Loop, isBounded: Bool)] = [:]
  for command in script.commands {
    for loop in command.loops where loop.keyword == "while" || loop.keyword == "until" {
      // A loop over input ends with it.
      let readsInput = loop.isCondition && command.program == "read"
      let isBounded = loops[loop.offset]?.isBounded ?? false
      loops[loop.offset] = (loop, isBounded || readsInput || counts(command) || command.isTimeLimited)
    }
  }
  return loops.values.filter { !$0.isBounded }.sorted { $0.loop.offset < $1.loop.offset }.map { entry in
    let range = entry.loop.offset..<entry.loop.offset + entry.loop.keyword.utf8.count
    return LintFinding("nothing bounds this loop", at: range, of: script.text)
  }
}

/// Whether the command is a sign that the loop counts its rounds or looks at the clock.
private func counts(_ command: LintCommand) -> Bool {
  let words = command.words + command.command.assignments.map(\.value)
  if words.contains(where: {
    $0.pieces.contains { $0.kind == .arithmetic } || $0.variables.contains("SECONDS")
  }) {
    return true
  }
  switch command.program {
  case "let", "expr", "date", "shift", "getopts": return true
  case "[", "[[", "test": return command.arguments.contains { numericTests.contains($0.text) }
  default: return false
  }
}

private func findFixedSleep(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard command.program == "sleep", command.loops.isEmpty, !command.isBackground,
    command.operands.first?.text != "infinity"
  else { return [] }
  return [script.finding("this waits, and looks at nothing", at: command.words.first)]
}

private let samplers: Set<String> = ["iostat", "vmstat", "mpstat", "pidstat", "sar", "dstat"]

private func findEndless(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard !command.isTimeLimited, !command.isBackground, let word = endless(command) else { return [] }
  return [script.finding("this does not end by itself", at: word)]
}

/// The word that keeps a command from ending.
private func endless(_ command: LintCommand) -> ShellCommand.Word? {
  let program = command.words.first
  switch command.program {
  case "ping", "ping6": return command.option("-c", "-w") == nil ? program : nil
  case "journalctl": return command.option("-f", "--follow")
  case "tail": return command.option("-f", "-F", "--follow")
  case "dmesg": return command.option("-w", "--follow")
  case "tcpdump": return command.option("-c") == nil ? program : nil
  case "nc", "ncat", "netcat": return command.option("-l")
  case "sleep": return command.operands.first { $0.text == "infinity" }
  case "etcdctl": return command.operands.first { $0.text == "watch" }
  case "kubectl":
    if command.operands.first?.text == "get" { return command.option("-w", "--watch") }
    return command.operands.first?.text == "logs" ? command.option("-f", "--follow") : nil
  case "docker", "podman":
    return command.operands.first?.text == "logs" ? command.option("-f", "--follow") : nil
  case "cargo": return command.operands.first?.text == "run" ? program : nil
  case _ where samplers.contains(command.program):
    let numbers = command.operands.filter { Int($0.text) != nil }
    return numbers.count == 1 ? numbers[0] : nil
  case let name where isServer(name, command): return program
  default: return nil
  }
}

/// A server that nobody put into the background.
private func isServer(_ name: String, _ command: LintCommand) -> Bool {
  guard !name.isEmpty, command.option("--version", "--help", "--daemon", "--daemonize", "-d") == nil else {
    return false
  }
  if name.hasSuffix("-server") { return command.option("--config", "-c", "--listen") != nil }
  return command.arguments.contains { $0.text.hasPrefix("--listen") }
    && !["ss", "netstat", "etcdctl"].contains(name)
}

private let screens: Set<String> = [
  "watch", "vi", "vim", "nvim", "nano", "emacs", "pico", "ed", "visudo", "less", "more", "most", "man",
  "htop",
  "atop", "mc", "tmux", "passwd", "dialog", "whiptail", "fdisk", "cfdisk",
]

private func findPersonNeeded(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  personal(command).map { [script.finding("this waits for a person", at: $0)] } ?? []
}

/// The word of a command that makes it need a terminal.
private func personal(_ command: LintCommand) -> ShellCommand.Word? {
  let program = command.words.first
  switch command.program {
  case _ where screens.contains(command.program): return program
  case "top", "iotop": return command.option("-b", "--batch") == nil ? program : nil
  case "ssh":
    let isOther = command.option("-N", "-f", "-V", "-Q", "-O", "-W", "-G") != nil
    let hasInput = command.command.readsPipe || command.command.document != nil
    return command.remoteCommand.isEmpty && !isOther && !hasInput ? program : nil
  case "read":
    let hasInput =
      command.command.readsPipe || command.command.document != nil || !command.loops.isEmpty
      || command.command.redirections.contains { $0.operation.hasPrefix("<") }
    return hasInput || command.isInside ? nil : program
  case "sudo": return command.option("-i", "-s") != nil && command.operands.isEmpty ? program : nil
  case "su": return command.value("-c", "--command") == nil && !command.command.readsPipe ? program : nil
  case "crontab": return command.option("-e")
  case "systemctl", "kubectl":
    if command.operands.first?.text == "edit" { return command.operands.first }
    return command.operands.first.map { ["exec", "run"].contains($0.text) } == true ? terminal(command) : nil
  case "docker", "podman":
    return command.operands.first.map { ["exec", "run"].contains($0.text) } == true ? terminal(command) : nil
  default: return nil
  }
}

/// `-it`, but only before the command that runs inside.
private func terminal(_ command: LintCommand) -> ShellCommand.Word? {
  command.arguments.prefix { $0.text != "--" }.first {
    ["-it", "-ti", "-t", "-i", "--tty", "--stdin"].contains($0.text)
  }
}

private func findSudoPassword(_ script: LintScript) -> [LintFinding] {
  let first = script.commands.first {
    $0.program == "sudo" && $0.option("-n", "-S", "-l") == nil
      && $0.option("--non-interactive", "--stdin") == nil
  }
  return first.map { [script.finding("this may ask for a password, and nobody answers", at: $0.words.first)] }
    ?? []
}
