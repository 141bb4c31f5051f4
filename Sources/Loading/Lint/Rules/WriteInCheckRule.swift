import Expressions
import Model

extension LintRule {
  static let writeInCheck = LintRule(
    "write-in-check", "A step that should only look, but changes something.",
    explanation: """
      diagnose and verify steps run while planning, run again when they are polled, are never undone and are judged by \
      no guard. Whatever changes a node, the cluster or its data belongs into an act, with its undo. A file under \
      `/tmp` that the same command makes and removes is no change.
      """,
    help: "make it an act, and say how it is undone",
    fires: .steps(
      """
      replicated:
        verify: A write reaches the new node
        at: ${node}
        run: etcdctl put test-key test-value
      """),
    passes: .steps(
      """
      replicated:
        act: Write a test key
        at: ${node}
        run: etcdctl put test-key test-value
        rollback: { run: etcdctl del test-key }
      """),
    check: .command(findWrite))
}

private let writers: Set<String> = [
  "truncate", "chmod", "chown", "ln", "install", "reboot", "poweroff", "shutdown", "halt", "pkill", "killall",
  "useradd", "userdel", "usermod", "mount", "umount", "swapoff", "insmod", "modprobe",
]
/// These may work on temporary files.
private let fileWriters: Set<String> = ["rm", "mv", "cp", "mkdir", "rmdir", "touch", "tee"]
/// Programs with words that change something.
private let changingWords: [String: Set<String>] = [
  "systemctl": [
    "start", "stop", "restart", "try-restart", "reload", "reload-or-restart", "enable", "disable", "mask",
    "unmask",
    "kill", "daemon-reload", "set-property", "isolate", "reboot", "poweroff",
  ],
  "kubectl": [
    "apply", "create", "delete", "scale", "patch", "drain", "cordon", "uncordon", "label", "annotate", "edit",
    "replace",
    "rollout",
  ],
  "helm": ["install", "upgrade", "uninstall", "rollback"],
  "docker": ["start", "stop", "restart", "kill", "rm", "run"],
  "apt": ["install", "remove", "purge", "upgrade"], "apt-get": ["install", "remove", "purge", "upgrade"],
  "yum": ["install", "remove", "update"], "dnf": ["install", "remove", "update"],
  "etcdctl": ["put", "del", "defrag", "compact", "compaction", "move-leader", "disarm"],
]

private func findWrite(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard !script.changes else { return [] }
  let written =
    command.isWrapped ? nil : command.command.redirections.first { changesFile($0, script) }?.target
  guard let word = written ?? change(command, script) else { return [] }
  let role =
    script.part == .question ? "a question" : "a \(script.part == .verify ? "verify" : "diagnose") step"
  return [script.finding("this changes something, and stands in \(role)", at: word)]
}

extension LintCommand {
  /// A part of a command whose first part has been looked at.
  fileprivate var isWrapped: Bool { words.count != command.words.count }
}

private func changesFile(_ redirection: ShellCommand.Redirection, _ script: LintScript) -> Bool {
  guard [">", ">>", ">|", "<>"].contains(redirection.operation) else { return false }
  return !isTemporary(redirection.target, script)
}

private func isTemporary(_ word: ShellCommand.Word, _ script: LintScript) -> Bool {
  if ["/dev/", "/tmp/", "/var/tmp/", "/proc/self/"].contains(where: { word.text.hasPrefix($0) }) {
    return true
  }
  return word.variables.contains { name in
    guard let (value, by) = script.assignments[name] else { return false }
    return value.text.hasPrefix("/tmp/") || by.command.inner.contains { $0.words.first?.text == "mktemp" }
  }
}

/// The word that says what a command changes.
private func change(_ command: LintCommand, _ script: LintScript) -> ShellCommand.Word? {
  let program = command.words.first
  if let membership = MembershipCommand(command) { return membership.word }
  if writers.contains(command.program) || command.program.hasPrefix("mkfs") { return program }
  if fileWriters.contains(command.program) {
    let targets =
      ["cp", "mv"].contains(command.program) ? Array(command.operands.suffix(1)) : command.operands
    return targets.allSatisfy { isTemporary($0, script) } ? nil : program
  }
  if let words = changingWords[command.program] {
    if command.arguments.contains(where: { $0.text.hasPrefix("--dry-run") }) { return nil }
    return command.operands.first { words.contains($0.text) }
  }
  switch command.program {
  case "kill": return command.option("-0") == nil && !command.hasArgument("-l") ? program : nil
  case "dd": return command.arguments.first { $0.text.hasPrefix("of=") && !$0.text.hasPrefix("of=/dev/null") }
  case "sed", "perl":
    return command.option("-i", "--in-place") ?? command.arguments.first { $0.text.hasPrefix("-i") }
  case "iptables", "ip6tables": return command.option("-A", "-I", "-D", "-F", "-P")
  case "firewall-cmd":
    return command.arguments.first {
      $0.text.hasPrefix("--add") || $0.text.hasPrefix("--remove") || $0.text == "--reload"
    }
  case "service":
    return command.operands.dropFirst().first { ["start", "stop", "restart", "reload"].contains($0.text) }
  case "crontab": return command.option("-r", "-e")
  case "curl": return request(command)
  case "wget": return command.option("--post-data", "--post-file", "--method")
  case let name where name.hasSuffix("-client"):
    return command.operands.first { ["put", "delete", "del", "remove"].contains($0.text) }
  case "echo", "printf", "grep", "[", "test": return nil
  default: return command.arguments.first { $0.text == "repair" }
  }
}

/// The method of a request that changes something. Searches are often sent with POST.
private func request(_ command: LintCommand) -> ShellCommand.Word? {
  let url = command.arguments.first { $0.text.contains("://") }?.text ?? ""
  let path = url.split(separator: "?").first.map(String.init) ?? ""
  if ["/query", "/search", "/_search", "/health", "/check"].contains(where: { path.hasSuffix($0) }) {
    return nil
  }
  let methods: Set = ["POST", "PUT", "DELETE", "PATCH"]
  if let method = command.value("-X", "--request") {
    return methods.contains(method.text.split(separator: "=").last.map(String.init) ?? "") ? method : nil
  }
  if let attached = command.arguments.first(where: { $0.text.hasPrefix("-X") }) {
    return methods.contains(String(attached.text.dropFirst(2))) ? attached : nil
  }
  guard !command.hasArgument("-G", "--get") else { return nil }
  return command.arguments.first {
    ["-d", "-F", "--form", "-T", "--upload-file"].contains($0.text) || $0.text.hasPrefix("--data")
  }
}
