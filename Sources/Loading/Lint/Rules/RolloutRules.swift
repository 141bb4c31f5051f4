import Expressions
import Model

extension LintRule {
  static let allAtOnce = LintRule(
    "all-at-once", "A restart or stop of every member with nothing in between.",
    explanation: """
      Restarting all members together, or one after the other without asking whether the last one is back, leaves the \
      cluster without a quorum for a while, or for good when the new configuration is wrong. Repeat with `for:`: restart \
      one, verify that it is healthy, then the next.
      """,
    help: "repeat with `for: { member: members }`: restart one, verify it, then the next",
    fires: .steps(
      """
      restart:
        act: Restart all
        at: members
        effect: { stop: members }
        run: systemctl restart etcd
        rollback: none
        because: a restart leaves nothing behind
      """),
    passes: .steps(
      """
      rolling:
        for: { member: members }
        steps:
          restart:
            act: Restart ${member.name}
            at: ${member}
            effect: { restart: "${member}" }
            run: systemctl restart etcd
            rollback: none
            because: a restart leaves nothing behind
          back:
            verify: All are healthy again
            expect: $cluster.healthy
            within: 1m
            steady: 3
      """),
    check: .runbook(findAllAtOnce))

  static let killHard = LintRule(
    "kill-hard", "A process killed without a chance to finish.",
    explanation: """
      `kill -9` lets a database neither write nor close anything, and `systemctl` starts it again behind your back. \
      Stop the unit; systemd kills what does not stop in time.
      """,
    help: "stop the unit: systemctl stop UNIT",
    fires: .steps(
      """
      stop:
        act: Stop the exporter
        at: ${node}
        run: pkill -9 node_exporter
        rollback: { run: systemctl start node_exporter }
      """),
    passes: .steps(
      """
      stop:
        act: Stop the exporter
        at: ${node}
        run: systemctl stop node_exporter
        rollback: { run: systemctl start node_exporter }
      """),
    check: .command(findHardKill))

  static let nestedSSH = LintRule(
    "nested-ssh", "A command that reaches another node by itself.",
    explanation: """
      What `ssh` runs on another machine has no receipt there, no guard knows which member it touches, its host key is \
      not the one that was checked, and after a lost connection nobody can tell whether it ran. Let belay go there: `at:` \
      names the node, `each:` repeats a step for several.
      """,
    help: "run the command there with `at:`; repeat it for several nodes with `each:`",
    fires: .steps(
      """
      listening:
        diagnose: The peer listens
        at: controller
        run: ssh ${node.address} "ss -tln | grep 2380"
      """),
    passes: .steps(
      """
      listening:
        diagnose: The peer listens
        at: ${node}
        run: ss -tln | grep 2380
      """),
    check: .command(findNestedSSH))

  static let hardCodedNode = LintRule(
    "hard-coded-node", "A machine named outright in a runbook that takes nodes as inputs.",
    explanation: """
      The runbook says which node it works on by an input, but this command always goes to the same machine: on another \
      cluster it touches one that nobody named. Take the address from the input, from `${leader.address}` or from a \
      loop variable.
      """,
    help: "take the address from an input: ${node.address}, or ${leader.address}",
    fires: .steps(
      """
      status:
        diagnose: It answers
        at: ${node}
        run: etcdctl --endpoints=http://10.0.1.51:2379 endpoint health
      """),
    passes: .steps(
      """
      status:
        diagnose: It answers
        at: ${node}
        run: etcdctl --endpoints=http://${node.address}:2379 endpoint health
      """),
    check: .runbook(findHardCodedNode))

  static let appendSection = LintRule(
    "append-section", "A section appended to a configuration file that may have it already.",
    explanation: """
      Two `[storage]` tables are invalid TOML, and in INI files the second one wins or is lost, depending on the reader. \
      Run twice, the act appends it twice. Write the whole file with `file:`, which is shown as a diff and put back by \
      its undo.
      """,
    help: "write the file with `file:`",
    fires: .steps(
      """
      tune:
        act: Enlarge the buffer
        at: ${node}
        run: |
          cat >> /etc/chainfire/chainfire.toml <<'EOF'
          [storage]
          write_buffer_size = 134217728
          EOF
        rollback: none
        because: it is a configuration
      """),
    passes: .steps(
      """
      tune:
        act: Enlarge the buffer
        at: ${node}
        file:
          path: /etc/chainfire/storage.toml
          content: |
            [storage]
            write_buffer_size = 134217728
      """),
    check: .script(findAppendedSection))
}

private let gates: Set<String> = [
  "curl", "etcdctl", "nc", "until", "is-active", "grpcurl", "test", "[", "grep", "jq",
]

private func findAllAtOnce(_ runbook: LintRunbook) -> [LintFinding] {
  let blind = Set(stepsOfBlindLoops(runbook.runbook.steps).map(\.location))
  return runbook.scripts.filter(\.changes).flatMap { script -> [LintFinding] in
    let isMany =
      switch script.at {
      case .members?, .followers?, .minus?: true
      default: false
      }
    let isSerial = script.step?.serial != nil
    let gated = Set(script.commands.filter { gates.contains($0.program) }.flatMap(\.loops).map(\.offset))
    return script.commands.compactMap { command in
      guard let unit = command.stoppedUnits.first else { return nil }
      if isMany, !isSerial {
        return script.finding("this stops every one of them at the same time", at: unit)
      }
      if script.part == .act, let step = script.step, blind.contains(step.location) {
        return script.finding(
          "this stops one after the other, and no step of the loop verifies the last", at: unit)
      }
      guard command.wrappers.contains("ssh"), let loop = command.loops.last(where: { $0.keyword == "for" }),
        !gated.contains(loop.offset)
      else { return nil }
      return script.finding(
        "this stops one after the other, and nothing asks whether the last is back", at: unit)
    }
  }
}

/// The steps of loops in which nothing is verified.
private func stepsOfBlindLoops(_ steps: [Step]) -> [Step] {
  steps.flatMap { step -> [Step] in
    guard case .loop(let loop) = step.body else { return [] }
    let looks = loop.steps.contains { $0.role == .verify || $0.isComposite }
    return (looks ? [] : loop.steps) + stepsOfBlindLoops(loop.steps)
  }
}

private func findHardKill(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  let signals: Set = ["-9", "-KILL", "-SIGKILL"]
  let names: Set = ["9", "KILL", "SIGKILL", "--signal=9", "--signal=KILL", "--signal=SIGKILL"]
  guard
    ["kill", "pkill", "killall"].contains(command.program)
      || (command.program == "systemctl" && command.operands.first?.text == "kill"),
    let word = command.arguments.first(where: { signals.contains($0.text) })
      ?? command.value("-s", "--signal", "-n").flatMap({ names.contains($0.text) ? $0 : nil })
  else { return [] }
  return [script.finding("this gives the process no chance to finish", at: word)]
}

private func findNestedSSH(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard command.program == "ssh", !command.remoteCommand.isEmpty else { return [] }
  return [script.finding("this reaches another machine without belay", at: command.words.first)]
}

// MARK: Names of machines

private func findHardCodedNode(_ runbook: LintRunbook) -> [LintFinding] {
  guard runbook.runbook.inputs.contains(where: \.isNode) else { return [] }
  let nodes = (runbook.context.known.clusters ?? []).flatMap(\.nodes)
  let known = Set(nodes.map(\.address) + nodes.map(\.name.rawValue))
  return runbook.scripts.flatMap { script in
    script.commands.filter { !["echo", "printf", "for", "grep", "case"].contains($0.program) }.flatMap {
      command in
      command.ownArguments.compactMap { word -> LintFinding? in
        guard let host = machine(in: word.text, known) else { return nil }
        return script.finding("\(host) is one machine of one cluster", at: word)
      }
    }
  }
}

/// A host of a URL or of `host:port` that is a machine of somebody's, or an address on its own.
private func machine(in text: String, _ known: Set<String>) -> String? {
  let isSeparator = { (byte: UInt8) in ",/= \"'\\\n\t{}()[];".utf8.contains(byte) }
  // Most words hold neither a name of the inventory nor a number.
  guard !known.isEmpty || text.utf8.contains(where: isDigit) else { return nil }
  for part in text.utf8.split(whereSeparator: isSeparator) {
    let pieces = part.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard let last = pieces.first?.split(separator: UInt8(ascii: "@")).last, let host = String(last) else {
      continue
    }
    if known.contains(host) || isAddress(last) { return host }
    // `node1:50051`: an example's name that was left in.
    let digits = last.drop { !isDigit($0) }
    if pieces.count == 2, (1...3).contains(digits.count), digits.allSatisfy(isDigit),
      ["node", "node-"].contains(host.dropLast(digits.count))
    {
      return host
    }
  }
  return nil
}

private func isAddress(_ text: Substring.UTF8View) -> Bool {
  let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
  guard parts.count == 4,
    parts.allSatisfy({ part in (1...3).contains(part.count) && part.allSatisfy(isDigit) })
  else {
    return false
  }
  return !["127", "0", "255"].contains { parts[0].elementsEqual($0.utf8) }
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

// MARK: Configuration

private func findAppendedSection(_ script: LintScript) -> [LintFinding] {
  var piped = ""
  return script.commands.compactMap { command in
    guard !command.program.isEmpty else { return nil }
    let text = (command.command.document ?? "") + command.arguments.map(\.text).joined(separator: "\n")
    defer { if command.command.writesPipe { piped = text } }
    if let target = command.command.redirections.first(where: { $0.operation == ">>" })?.target,
      isSectioned(target),
      hasSection(text)
    {
      return command.words.count == command.command.words.count
        ? script.finding("this appends a section that the file may have already", at: target) : nil
    }
    guard command.program == "tee", command.option("-a", "--append") != nil, command.command.readsPipe,
      hasSection(piped), let target = command.operands.first(where: isSectioned)
    else { return nil }
    return script.finding("this appends a section that the file may have already", at: target)
  }
}

private func isSectioned(_ word: ShellCommand.Word) -> Bool {
  [".toml", ".ini", ".conf", ".cfg", ".cnf", ".service"].contains { word.text.hasSuffix($0) }
}

private func hasSection(_ text: String) -> Bool {
  text.split(separator: "\n").contains { line in
    let line = line.drop { $0 == " " || $0 == "\t" }
    return line.hasPrefix("[") && line.contains("]")
  }
}
