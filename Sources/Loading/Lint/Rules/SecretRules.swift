import Expressions
import Model

extension LintRule {
  static let secretInCommand = LintRule(
    "secret-in-command", "A secret in a command line.",
    explanation: """
      A command line can be read by everybody on the machine (`ps`), and stands in the plan, the journal and the \
      repository. Put the secret into a file that only the service's user can read and name the file \
      (`--password-file`, `curl --config`, `-H @FILE`).
      """,
    help: "keep it in a file on the node and name the file",
    fires: .steps(
      """
      users:
        diagnose: The users are there
        at: ${node}
        run: etcdctl --user root --password=hunter2 user list
      """),
    passes: .steps(
      """
      users:
        diagnose: The users are there
        at: ${node}
        run: etcdctl --cert /etc/etcd/admin.crt --key /etc/etcd/admin.key user list
      """),
    check: .command(findSecret))

  static let copiesPrivateKeys = LintRule(
    "copies-private-keys", "A copy of a whole directory of certificates.",
    explanation: """
      `scp certs/* node:` gives every node the private keys of all others: one stolen machine is then every machine. \
      Copy the node's own certificate and key, and the CA's certificate.
      """,
    help: "copy the node's own certificate and key, and ca.crt, by name",
    fires: .steps(
      """
      certificates:
        act: Distribute the certificates
        at: controller
        run: scp /etc/pki/certs/* ${node.address}:/etc/pki/certs/
        rollback: none
        because: the old ones have expired
      """),
    passes: .steps(
      """
      certificates:
        act: Distribute the certificates
        at: controller
        run: scp /etc/pki/certs/ca.crt /etc/pki/certs/${node.name}.crt ${node.address}:/etc/pki/certs/
        rollback: none
        because: the old ones have expired
      """),
    check: .command(findKeyCopies))

  static let readableKey = LintRule(
    "readable-key", "A private key that everybody may read.",
    explanation: """
      With mode 644 every user of the machine can take the key, and many servers refuse to start with it. Give a \
      private key mode 600 and to the service's own user.
      """,
    help: "use mode 600, owned by the service's user",
    fires: .steps(
      """
      permissions:
        act: Set the modes
        at: ${node}
        run: chmod 644 /etc/etcd/node.key
        rollback: { run: chmod 600 /etc/etcd/node.key }
      """),
    passes: .steps(
      """
      permissions:
        act: Set the modes
        at: ${node}
        run: chmod 600 /etc/etcd/node.key
        rollback: none
        because: no other mode is right
      """),
    check: .runbook(findReadableKey))

  static let insecureTransport = LintRule(
    "insecure-transport", "A connection that trusts whoever answers.",
    explanation: """
      `curl -k`, `grpcurl -insecure` and `StrictHostKeyChecking=no` switch off what tells the cluster from an impostor, \
      and hide the expired certificate that was the cause. Name the CA (`--cacert`) or record the host key.
      """,
    help: "name the CA with --cacert, or record the host's key beforehand",
    fires: .steps(
      """
      healthy:
        diagnose: It is healthy
        at: ${node}
        run: curl -fsSk https://localhost:2379/health
      """),
    passes: .steps(
      """
      healthy:
        diagnose: It is healthy
        at: ${node}
        run: curl -fsS --cacert /etc/etcd/ca.crt https://localhost:2379/health
      """),
    check: .command(findInsecureTransport))
}

private let secretOptions: Set<String> = [
  "--password", "--passwd", "--pass", "--secret", "--token", "--api-key", "--apikey", "--access-key",
  "--secret-key",
]

private func findSecret(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  var found: [ShellCommand.Word] = []
  let words = command.words
  for (index, word) in words.enumerated().dropFirst() {
    let next = words.indices.contains(index + 1) ? words[index + 1] : nil
    let parts = word.text.split(separator: "=", maxSplits: 1).map(String.init)
    if parts.count == 2, secretOptions.contains(parts[0]), isSecret(parts[1]) {
      found.append(word)
    } else if secretOptions.contains(word.text), let next, isSecret(next.text) {
      found.append(next)
    } else if hasKeyOfAWS(word.text) || isCredentialHeader(word) {
      found.append(word)
    }
    guard word.text.hasPrefix("-") else { continue }
    switch command.program {
    case "curl", "wget":
      let user = ["-u", "--user"].contains(word.text) ? next : nil
      if let user, user.text.contains(":"), !user.text.hasSuffix(":") { found.append(user) }
    case "mysql", "mysqldump", "mariadb", "mysqladmin":
      if word.text.hasPrefix("-p"), !word.text.hasPrefix("-p$"), word.text.count > 2 { found.append(word) }
    case "sshpass": if word.text == "-p", let next { found.append(next) }
    case "redis-cli": if word.text == "-a", let next { found.append(next) }
    default: break
    }
  }
  found += command.command.assignments.filter { words.count == command.command.words.count && isSecret($0) }
    .map(\.value)
  return found.map { script.finding("a secret stands in this command", at: $0) }
}

/// Whether an option's value is the secret itself rather than where it is.
private func isSecret(_ value: String) -> Bool {
  !value.isEmpty && !["/", "@", "-", "$"].contains(value.prefix(1)) || value.hasPrefix("${")
}

private func isSecret(_ assignment: ShellCommand.Assignment) -> Bool {
  guard assignment.value.isLiteral, assignment.value.text.count >= 4, !assignment.value.text.hasPrefix("/")
  else {
    return false
  }
  let name = assignment.name.uppercased()
  // What keeps two clusters apart is no secret.
  guard !name.hasSuffix("CLUSTER_TOKEN") else { return false }
  return ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "SECRET_ACCESS_KEY", "API_KEY", "PGPASSWORD"].contains {
    name == $0 || name.hasSuffix("_\($0)")
  }
}

private func isCredentialHeader(_ word: ShellCommand.Word) -> Bool {
  for scheme in ["authorization: bearer ", "authorization: basic "] {
    guard word.text.lowercased().hasPrefix(scheme) else { continue }
    let value = word.text.dropFirst(scheme.count)
    return value.count >= 6 && (!value.hasPrefix("$") || value.hasPrefix("${"))
  }
  return false
}

private func hasKeyOfAWS(_ text: String) -> Bool {
  let length = 20
  guard text.utf8.count >= length, let start = text.firstRange(of: "AKIA") else { return false }
  let rest = text[start.lowerBound...].prefix { $0.isASCII && ($0.isUppercase || $0.isNumber) }
  return rest.count == length
}

private func findKeyCopies(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard command.program == "scp" || command.program == "rsync" else { return [] }
  return command.operands.dropLast().compactMap { word in
    let parts = word.text.split(separator: "/").map(String.init)
    guard let last = parts.last else { return nil }
    let folder = parts.dropLast().last ?? ""
    let isKeyFolder = ["certs", "cert", "ssl", "pki", "tls", "keys", "private"].contains {
      folder.hasSuffix($0)
    }
    let isAll = word.hasBarePattern && (last == "*" && isKeyFolder || last.hasSuffix("*.key"))
    return isAll ? script.finding("this copies the private keys of all nodes", at: word) : nil
  }
}

private func isKey(_ path: String) -> Bool {
  path.hasSuffix(".key") || path.hasSuffix("-key.pem") || path.hasSuffix("/id_ed25519")
    || path.hasSuffix("/id_rsa")
}

private func isForEverybody(_ mode: String) -> Bool {
  let digits = mode.compactMap(\.wholeNumberValue)
  return digits.count == mode.count && digits.count >= 3 && digits.last != 0
}

private func findReadableKey(_ runbook: LintRunbook) -> [LintFinding] {
  let commands = runbook.scripts.flatMap { script in
    script.commands.compactMap { command -> LintFinding? in
      guard command.program == "chmod", let mode = command.operands.first, isForEverybody(mode.text),
        command.operands.dropFirst().contains(where: { isKey($0.text) })
      else { return nil }
      return script.finding("everybody may read the key with mode \(mode.text)", at: mode)
    }
  }
  let files = runbook.steps.compactMap { step -> LintFinding? in
    guard case .file(let file) = step.body, let mode = file.mode, isForEverybody(mode), isKey(file.path.text)
    else {
      return nil
    }
    return LintFinding("everybody may read the key with mode \(mode)", at: file.path.location)
  }
  return commands + files
}

private func findInsecureTransport(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  let word: ShellCommand.Word?
  switch command.program {
  case "curl": word = command.option("-k", "--insecure")
  case "wget": word = command.option("--no-check-certificate")
  case "grpcurl": word = command.arguments.first { $0.text == "-insecure" || $0.text == "--insecure" }
  case "ssh", "scp", "sftp", "rsync":
    word = command.arguments.first { $0.text.lowercased().contains("stricthostkeychecking=no") }
  default: word = nil
  }
  return word.map { [script.finding("this trusts whoever answers", at: $0)] } ?? []
}
