import Expressions
import Model

extension LintRule {
  static let wipeWithoutEffect = LintRule(
    "wipe-without-effect", "A wipe of a member's data that no guard knows of.",
    explanation: """
      An act that removes a data directory but does not declare `effect: { wipe: … }` is judged by no guard, and the \
      plan's membership does not show it: nothing keeps it from wiping the last good copy. Declare the effect.
      """,
    help: "add `effect: { wipe: \"${node}\" }` with the node whose data goes",
    fires: .steps(
      """
      archive:
        act: Archive the data
        at: ${node}
        run: tar -czf /var/backups/etcd-old.tar.gz /var/lib/etcd
        rollback: { run: rm -f /var/backups/etcd-old.tar.gz }
      wipe:
        act: Wipe the data
        at: ${node}
        run: rm -rf /var/lib/etcd/*
        rollback: { run: tar -xzf /var/backups/etcd-old.tar.gz -C / }
      """),
    passes: .steps(
      """
      archive:
        act: Archive the data
        at: ${node}
        run: tar -czf /var/backups/etcd-old.tar.gz /var/lib/etcd
        rollback: { run: rm -f /var/backups/etcd-old.tar.gz }
      wipe:
        act: Wipe the data
        at: ${node}
        effect: { wipe: "${node}" }
        run: rm -rf /var/lib/etcd/*
        rollback: { run: tar -xzf /var/backups/etcd-old.tar.gz -C / }
      """),
    check: .runbook(findWipeWithoutEffect))

  static let wipeBeforeCopy = LintRule(
    "wipe-before-copy", "A wipe of data of which no copy was taken.",
    explanation: """
      What is wiped without a copy cannot be brought back, and the copy on the other members is exactly what is in \
      doubt in an emergency. Move the directory aside (`mv`), or archive it (`tar`, `cp -a`) in a step before.
      """,
    help: "move it aside instead: mv -- DIR DIR.removed-${run.id}; or archive it in a step before",
    fires: .steps(
      """
      wipe:
        act: Wipe the data
        at: ${node}
        effect: { wipe: "${node}" }
        run: rm -rf /var/lib/etcd/*
        rollback: none
        because: the data is gone
      """),
    passes: .steps(
      """
      aside:
        act: Set the data aside
        at: ${node}
        effect: { wipe: "${node}" }
        run: mv -- /var/lib/etcd/member /var/lib/etcd/member.removed-${run.id}
        rollback: { run: "mv -- /var/lib/etcd/member.removed-${run.id} /var/lib/etcd/member" }
      """),
    check: .runbook(findWipeBeforeCopy))

  static let repairBeforeCheck = LintRule(
    "repair-before-check", "A repair before anything was checked.",
    explanation: """
      A repair of a database throws away what it cannot read. Check first (`checkconsistency`, `fsck -n`), take a copy, \
      and repair only what the check found broken.
      """,
    help: "put the consistency check above it, and take a copy first",
    fires: .steps(
      """
      repair:
        act: Repair the database
        at: ${node}
        run: rocksdb_ldb --db=/var/lib/chainfire repair
        rollback: none
        because: a repair throws away what it cannot read
      """),
    passes: .steps(
      """
      broken:
        diagnose: The database is broken
        at: ${node}
        run: "! rocksdb_ldb --db=/var/lib/chainfire checkconsistency"
      repair:
        act: Repair the database
        at: ${node}
        run: rocksdb_ldb --db=/var/lib/chainfire repair
        rollback: none
        because: a repair throws away what it cannot read
      """),
    check: .runbook(findRepairBeforeCheck))

  static let moveBeforeBackupCheck = LintRule(
    "move-before-backup-check", "Data moved away before the backup was seen to exist.",
    explanation: """
      When the backup turns out to be missing or broken, the service is down and its data is not where it was. Look \
      first: a diagnose step with `tar -tzf BACKUP` refuses the run before anything is moved.
      """,
    help: "add a diagnose step above it that reads the backup: tar -tzf FILE >/dev/null",
    fires: .steps(
      """
      restore:
        act: Restore the data
        at: ${node}
        run: |
          mv /var/lib/etcd /var/lib/etcd.broken
          tar -xzf /var/backups/etcd.tar.gz -C /var/lib
        rollback: { run: mv /var/lib/etcd.broken /var/lib/etcd }
      """),
    passes: .steps(
      """
      backup:
        diagnose: The backup can be read
        at: ${node}
        run: tar -tzf /var/backups/etcd.tar.gz >/dev/null
      restore:
        act: Restore the data
        at: ${node}
        run: |
          mv /var/lib/etcd /var/lib/etcd.broken
          tar -xzf /var/backups/etcd.tar.gz -C /var/lib
        rollback: { run: mv /var/lib/etcd.broken /var/lib/etcd }
      """),
    check: .runbook(findMoveBeforeBackupCheck))
}

/// Where the cluster's service keeps its data: a path that its name is in, and what says so by name.
private func isData(_ word: ShellCommand.Word, _ script: LintScript) -> Bool {
  guard word.isLiteral else { return word.references.contains { $0.path.last?.contains("data") == true } }
  guard ["/var/lib/", "/data/", "/srv/", "/var/db/"].contains(where: { word.text.hasPrefix($0) }) else {
    return false
  }
  guard let system = script.system?.rawValue else { return true }
  let named = script.nodeDefaults.contains { entry in
    guard entry.name.contains("data"), case .text(let text) = entry.value else { return false }
    return !text.text.isEmpty && word.text.hasPrefix(text.text)
  }
  return named || word.text.contains(system) || word.text.contains("data")
}

/// The directory that is meant, however its content is named.
private func directory(_ word: ShellCommand.Word) -> String {
  var path = word.text[...]
  while let last = path.last, last == "*" || last == "/" { path = path.dropLast() }
  return String(path)
}

private func wipes(_ runbook: LintRunbook) -> [(script: LintScript, word: ShellCommand.Word, index: Int)] {
  runbook.acts.enumerated().flatMap { index, act in
    let words =
      act.command.isRecursiveRemoval
      ? act.command.operands
      : act.command.program == "find" && act.command.hasArgument("-delete")
        ? Array(act.command.operands.prefix(1)) : []
    return words.filter { isData($0, act.script) }.map { (act.script, $0, index) }
  }
  .prefix(wipeLimit).map { $0 }
}

/// More of them say nothing new, and each is compared with all that is before it.
private let wipeLimit = 50

private func findWipeWithoutEffect(_ runbook: LintRunbook) -> [LintFinding] {
  wipes(runbook).filter { $0.script.effect?.kind != .wipe }.map { script, word, _ in
    script.finding("this wipes data, and no guard knows of it", at: word)
  }
}

private let copiers: Set<String> = [
  "cp", "mv", "tar", "rsync", "scp", "zip", "zfs", "btrfs", "lvcreate", "cpio", "restic", "borg", "etcdctl",
  "etcdutl",
]

private func findWipeBeforeCopy(_ runbook: LintRunbook) -> [LintFinding] {
  wipes(runbook).compactMap { script, word, index in
    let path = directory(word)
    let isCopied = runbook.acts.prefix(index).contains { _, command in
      copiers.contains(command.program)
        && (command.hasArgument("snapshot") || command.arguments.contains { $0.text.contains(path) })
    }
    return isCopied ? nil : script.finding("this wipes \(path), and no copy was taken", at: word)
  }
}

private func findRepairBeforeCheck(_ runbook: LintRunbook) -> [LintFinding] {
  var isChecked = false
  return runbook.forward.compactMap { script, command in
    if command.program.hasPrefix("fsck")
      || command.hasArgument("checkconsistency", "check", "verify", "scrub", "-n")
    {
      isChecked = true
    }
    guard !isChecked, !["nodetool", "ceph", "echo", "printf", "grep"].contains(command.program) else {
      return nil
    }
    if command.program == "xfs_repair" {
      return script.finding("this repairs before anything was checked", at: command.words.first)
    }
    return command.arguments.first { $0.text == "repair" }.map {
      script.finding("this repairs before anything was checked, and throws away what it cannot read", at: $0)
    }
  }
}

private func findMoveBeforeBackupCheck(_ runbook: LintRunbook) -> [LintFinding] {
  let commands = runbook.forward
  let moves = commands.enumerated().filter {
    $0.element.script.part == .act && $0.element.command.program == "mv"
  }
  return moves.prefix(wipeLimit).compactMap { index, entry in
    let (script, move) = entry
    guard let source = move.operands.first, isData(source, script),
      let archive = commands.dropFirst(index + 1).lazy.compactMap({ restored($0.command) }).first,
      !commands.prefix(index).contains(where: { reads($0.command, archive) })
    else { return nil }
    return LintFinding(
      "the data is moved away before the backup was seen to exist", at: move.words[0].range, of: script.text)
  }
}

/// The archive that `tar` unpacks.
private func restored(_ command: LintCommand) -> ShellCommand.Word? {
  guard command.program == "tar", command.option("-x", "--extract") != nil else { return nil }
  return command.value("-f", "--file")
    ?? command.arguments.enumerated().first {
      $0.element.text.hasPrefix("-") && $0.element.text.hasSuffix("f")
    }
    .flatMap { index, _ in command.words.indices.contains(index + 2) ? command.words[index + 2] : nil }
}

private func reads(_ command: LintCommand, _ archive: ShellCommand.Word) -> Bool {
  guard ["[", "[[", "test", "ls", "stat", "tar", "gzip", "sha256sum"].contains(command.program) else {
    return false
  }
  return command.arguments.contains { word in
    word.text == archive.text || !Set(word.variables).isDisjoint(with: archive.variables)
  }
}
