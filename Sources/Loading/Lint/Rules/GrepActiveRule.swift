import Expressions

/// Words that are part of their own opposite.
private let opposites = [
  "active": "inactive", "healthy": "unhealthy", "Ready": "NotReady", "ready": "notready",
  "available": "unavailable",
  "reachable": "unreachable", "synced": "unsynced", "locked": "unlocked",
]

extension LintRule {
  static let grepActive = LintRule(
    "grep-active", "A search for `active` that finds `inactive` too.",
    explanation: """
      `grep active` looks for a part of a line, and `inactive` has it: three stopped nodes are counted as three \
      running ones. The same goes for `healthy` and `unhealthy`, `Ready` and `NotReady`. Match the whole line with \
      `grep -x`, or let `systemctl is-active --quiet` answer with its exit status.
      """,
    help: "match the whole line with grep -x, or the whole word with grep -w",
    fires: .steps(
      """
      running:
        diagnose: A majority is running
        at: controller
        run: for n in a b c; do systemctl -H "$n" is-active etcd; done | grep -c active
        expect: tonumber >= 2
      """),
    passes: .steps(
      """
      running:
        diagnose: A majority is running
        at: controller
        run: for n in a b c; do systemctl -H "$n" is-active etcd; done | grep -cx active
        expect: tonumber >= 2
      """),
    check: .command(findGrepActive))
}

private func findGrepActive(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard ["grep", "egrep", "fgrep", "zgrep"].contains(command.program), command.option("-x", "-w") == nil,
    command.option("--line-regexp", "--word-regexp") == nil,
    let pattern = command.value("-e", "--regexp") ?? command.operands.first, pattern.isLiteral
  else { return [] }
  let text = pattern.text.hasSuffix("$") ? String(pattern.text.dropLast()) : pattern.text
  guard let opposite = opposites[text] else { return [] }
  return [script.finding("\(quoted(text)) is also found in \(quoted(opposite))", at: pattern)]
}
