import Expressions
import Model

extension LintRule {
  static let rmOfRoot = LintRule(
    "rm-of-root", "A recursive removal of a directory that the machine lives on.", severity: .error,
    explanation: """
      `rm -rf /var/*` takes far more than one service's data. Name the one directory that is meant, in full.
      """,
    help: "name the one directory that is meant, in full",
    fires: .steps(
      """
      clean:
        act: Clean up
        at: ${node}
        run: rm -rf /var/lib/*
        rollback: none
        because: it is gone
      """),
    passes: .steps(
      """
      clean:
        act: Clean up
        at: ${node}
        run: rm -rf /var/cache/etcd
        rollback: none
        because: a cache fills itself again
      """),
    check: .command(findRootRemoval))

  static let rmOfVariable = LintRule(
    "rm-of-variable", "A recursive removal below a shell variable that may be empty.", severity: .error,
    explanation: """
      With `$dir` unset, `rm -rf "$dir"/*` is `rm -rf /*`. Write `$${dir:?}` (the first `$` keeps belay from taking it \
      for a reference): the shell then refuses to go on where nothing is set. A literal path is better still.
      """,
    help: "write $${name:?}: the shell then stops where nothing is set",
    fires: .steps(
      """
      clean:
        act: Clean up
        at: ${node}
        run: |
          dir=$(sed -n 's/^dir=//p' /etc/cleanup.conf)
          rm -rf "$dir"/*
        rollback: none
        because: a cache fills itself again
      """),
    passes: .steps(
      """
      clean:
        act: Clean up
        at: ${node}
        run: |
          dir=$(sed -n 's/^dir=//p' /etc/cleanup.conf)
          rm -rf "$${dir:?}"/*
        rollback: none
        because: a cache fills itself again
      """),
    check: .command(findVariableRemoval))

  static let rmOfReference = LintRule(
    "rm-of-reference", "A recursive removal of whatever an inventory or an input says.",
    explanation: """
      `${node.data_dir}` is what somebody wrote into an inventory: `/`, or the parent of what was meant, is removed \
      just as well. Write the path out, or move the directory aside with `mv`, which can be undone.
      """,
    help: "write the path out, or move it aside: mv -- DIR DIR.removed-${run.id}",
    fires: .steps(
      """
      clean:
        act: Remove the cache
        at: ${node}
        run: rm -rf -- ${node.cache_dir}
        rollback: none
        because: a cache fills itself again
      """),
    passes: .steps(
      """
      clean:
        act: Set the cache aside
        at: ${node}
        run: mv -- ${node.cache_dir} ${node.cache_dir}.removed-${run.id}
        rollback: { run: "mv -- ${node.cache_dir}.removed-${run.id} ${node.cache_dir}" }
      """),
    check: .command(findReferenceRemoval))

  static let rmAfterCd = LintRule(
    "rm-after-cd", "A removal in a directory that `cd` may not have reached.", severity: .error,
    explanation: """
      When `cd` fails, a shell goes on where it is, and the `rm` below it empties the wrong directory. Name the full \
      path in `rm`, or stop: `cd DIR || exit`.
      """,
    help: "write `cd DIR || exit`, or give rm the full path",
    fires: .steps(
      """
      logs:
        act: Remove old logs
        at: ${node}
        run: |
          cd /var/log/etcd
          rm -f -- *.old
        rollback: none
        because: nobody reads them
      """),
    passes: .steps(
      """
      logs:
        act: Remove old logs
        at: ${node}
        run: |
          cd /var/log/etcd || exit
          rm -f -- *.old
        rollback: none
        because: nobody reads them
      """),
    check: .script(findRemovalAfterCd))

  static let diskOverwrite = LintRule(
    "disk-overwrite", "A command that overwrites a whole disk or file system.", severity: .error,
    explanation: """
      `mkfs`, `wipefs`, `shred` and `dd of=/dev/…` destroy what no rollback brings back, and device names change \
      between boots. This is work for a machine's installation, not for a runbook on a living cluster.
      """,
    help: "do this before the machine joins a cluster, not in a runbook",
    fires: .steps(
      """
      format:
        act: Make a file system
        at: ${node}
        run: mkfs.ext4 -F /dev/vdb
        rollback: none
        because: the old data is gone
      """),
    passes: .steps(
      """
      mounted:
        diagnose: The data disk is mounted
        at: ${node}
        run: mountpoint -q /srv/etcd
      """),
    check: .command(findDiskOverwrite))
}

extension LintCommand {
  /// `rm` with everything below.
  var isRecursiveRemoval: Bool { program == "rm" && option("-r", "-R", "--recursive") != nil }
}

private let systemDirectories: Set<String> = [
  "", "/", ".", "..", "~", "$HOME", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/opt",
  "/proc",
  "/root", "/sbin", "/srv", "/sys", "/usr", "/usr/local", "/var", "/var/lib", "/var/log", "/data", "/mnt",
]

private func findRootRemoval(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard command.isRecursiveRemoval else { return [] }
  return command.operands.compactMap { word in
    var path = word.text[...]
    let hasStar = path.hasSuffix("*")
    while let last = path.last, last == "*" || last == "/" { path = path.dropLast() }
    guard systemDirectories.contains(String(path)), !word.text.isEmpty,
      !path.isEmpty || word.text.hasPrefix("/") || hasStar
    else { return nil }
    return script.finding("this removes all of \(quoted(word.text))", at: word)
  }
}

private func findVariableRemoval(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard command.isRecursiveRemoval else { return [] }
  return command.operands.compactMap { word in
    for piece in word.pieces {
      guard case .variable(let name, isGuarded: false) = piece.kind, !isCertain(name, in: script) else {
        continue
      }
      return script.finding("with $\(name) empty, this removes something else", at: word)
    }
    return nil
  }
}

/// Whether the script itself gives the variable a value that is not empty.
private func isCertain(_ name: String, in script: LintScript) -> Bool {
  if let values = script.loopValues[name] { return values.allSatisfy(\.isLiteral) }
  guard let (value, command) = script.assignments[name] else { return false }
  if value.isLiteral { return !value.text.isEmpty }
  return command.command.inner.contains { $0.words.first?.text == "mktemp" }
}

private func findReferenceRemoval(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard command.isRecursiveRemoval else { return [] }
  return command.operands.compactMap { word in
    word.references.first.map { script.finding("this removes whatever ${\($0.text)} says", at: word) }
  }
}

private func findRemovalAfterCd(_ script: LintScript) -> [LintFinding] {
  guard !script.stopsAtFailure else { return [] }
  var place: LintCommand?
  return script.commands.compactMap { command in
    if command.program == "cd" {
      place = command.command.isTested || command.operands.isEmpty ? nil : command
    }
    guard command.program == "rm", let place,
      let word = command.operands.first(where: { isRelative($0) })
    else { return nil }
    return LintFinding(
      "if `cd` fails, this removes files somewhere else", at: word.range, of: script.text,
      notes: [.init("this may fail", at: script.place(place.words[0].range))])
  }
}

private func isRelative(_ word: ShellCommand.Word) -> Bool {
  guard case .text(let text)? = word.pieces.first?.kind else { return false }
  return !text.hasPrefix("/") && !text.hasPrefix("~")
}

private func findDiskOverwrite(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  let program = command.program
  if program == "mkfs" || program.hasPrefix("mkfs.") || ["wipefs", "shred", "blkdiscard"].contains(program) {
    return [script.finding("\(program) destroys what is there", at: command.words.first)]
  }
  guard program == "dd", let target = command.arguments.first(where: { $0.text.hasPrefix("of=/dev/") }),
    !["of=/dev/null", "of=/dev/stdout"].contains(target.text)
  else { return [] }
  return [script.finding("this overwrites a device", at: target)]
}
