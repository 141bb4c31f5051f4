import Expressions
import Model

extension LintRule {
  static let emptyPath = LintRule(
    "empty-path", "A path taken from a search that may have found nothing.",
    explanation: """
      `latest=$(ls … | head -1)` is empty when there is no such file, and succeeds. What uses `"$latest"` then works on \
      nothing, or on something else. Test it first (`[ -n "$latest" ] || exit 1`), or use it as `$${latest:?}`.
      """,
    help: "test it first: [ -n \"$name\" ] || exit 1; or use it as $${name:?}",
    fires: .steps(
      """
      size:
        diagnose: How large the newest backup is
        at: ${node}
        run: |
          latest=$(ls -t /var/backups/etcd | head -1)
          tar -tzf "/var/backups/etcd/$latest"
      """),
    passes: .steps(
      """
      size:
        diagnose: How large the newest backup is
        at: ${node}
        run: |
          latest=$(ls -t /var/backups/etcd | head -1)
          tar -tzf "/var/backups/etcd/$${latest:?there is no backup}"
      """),
    check: .script(findEmptyPath))
}

private let searches: Set<String> = ["head", "tail", "ls", "find", "grep", "awk", "sed", "cut", "sort"]
private let pathUsers: Set<String> = [
  "tar", "rm", "cp", "mv", "rsync", "scp", "gunzip", "gzip", "zcat", "unzip", "cat", "chown", "chmod",
  "install",
]

private func findEmptyPath(_ script: LintScript) -> [LintFinding] {
  var doubtful: [String: LintCommand] = [:]
  var findings: [LintFinding] = []
  for command in script.commands {
    if ["[", "[[", "test"].contains(command.program) {
      for name in command.arguments.flatMap(\.variables) { doubtful[name] = nil }
    }
    if pathUsers.contains(command.program) {
      for word in command.arguments {
        guard let (name, origin) = doubtfulName(in: word, doubtful) else { continue }
        doubtful[name] = nil
        findings.append(
          LintFinding(
            "$\(name) is empty where the search finds nothing", at: word.range, of: script.text,
            notes: [
              .init(
                "it is set here", at: origin.command.assignments.first.map { script.place($0.value.range) })
            ]))
      }
    }
    // A guarded use stops the script where nothing was found.
    for word in command.words { for name in guardedNames(in: word) { doubtful[name] = nil } }
    for assignment in command.command.assignments where command.words.isEmpty {
      let last = command.command.inner.last?.words.first?.text ?? ""
      let isSearch = assignment.value.pieces.contains { $0.kind == .output } && searches.contains(last)
      doubtful[assignment.name] = isSearch && !command.command.isTested ? command : nil
    }
  }
  return findings
}

private func doubtfulName(
  in word: ShellCommand.Word, _ doubtful: [String: LintCommand]
) -> (String, LintCommand)? {
  for piece in word.pieces {
    if case .variable(let name, isGuarded: false) = piece.kind, let origin = doubtful[name] {
      return (name, origin)
    }
  }
  return nil
}

private func guardedNames(in word: ShellCommand.Word) -> [String] {
  word.pieces.compactMap { if case .variable(let name, isGuarded: true) = $0.kind { name } else { nil } }
}
