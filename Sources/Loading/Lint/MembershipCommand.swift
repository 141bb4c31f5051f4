import Expressions

/// A command that changes who is a member, as the clients of clustered systems spell it.
struct MembershipCommand {
  enum Kind { case add, remove, promote }

  let kind: Kind
  let word: ShellCommand.Word
  /// Whether only the leader takes it: a store's API answers anywhere.
  let isForTheLeader: Bool
  /// The client sends it on to the leader itself.
  let isForwarded: Bool

  init?(_ command: LintCommand) {
    guard !command.program.isEmpty, !Self.talkers.contains(command.program),
      let (kind, word, isForTheLeader) = Self.find(command)
    else { return nil }
    self.kind = kind
    self.word = word
    self.isForTheLeader = isForTheLeader
    isForwarded = command.program == "etcdctl"
  }

  /// Programs that only speak of what they are given; those that run another are looked at inside.
  private static let talkers: Set<String> = [
    "echo", "printf", "grep", "egrep", "journalctl", "cat", "[", "test", "sed", "awk", "jq", "for", "case",
    "ssh",
    "sudo", "watch", "timeout", "env", "sh", "bash", "eval", "command", "kubectl", "docker", "nix",
  ]

  private static let words: [String: Kind] = [
    "member-add": .add, "member-remove": .remove, "member-promote": .promote, "add-member": .add,
    "remove-member": .remove,
  ]

  private static func find(_ command: LintCommand) -> (Kind, ShellCommand.Word, Bool)? {
    for (index, word) in command.words.enumerated().dropFirst() {
      if let kind = words[word.text] { return (kind, word, true) }
      if word.text == "member", command.words.indices.contains(index + 1) {
        switch command.words[index + 1].text {
        case "add": return (.add, word, true)
        case "remove": return (.remove, word, true)
        case "promote": return (.promote, word, true)
        default: break
        }
      }
      if command.program == "grpcurl" {
        if word.text.hasSuffix("/JoinCluster") { return (.add, word, true) }
        if word.text.hasSuffix("/LeaveCluster") { return (.remove, word, true) }
      }
      if command.program == "curl", word.text.contains("://") {
        if word.text.hasSuffix("/cluster/remove") { return (.remove, word, false) }
        let isDeletion = command.value("-X", "--request")?.text == "DELETE" || command.hasArgument("-XDELETE")
        if isDeletion, word.text.contains("/store/") || word.text.contains("/members/") {
          return (.remove, word, false)
        }
      }
    }
    return nil
  }
}
