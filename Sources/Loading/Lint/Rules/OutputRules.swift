import Expressions
import Model

extension LintRule {
  static let lostFailure = LintRule(
    "lost-failure", "A pipeline whose failure nobody sees.",
    explanation: """
      The exit status of a pipeline is that of its last command: `etcdctl … | tail -1` succeeds when etcdctl fails. \
      `set -o pipefail` is not known to every `sh`. Let the command stand alone and take its output apart with \
      `parse:`, `expect:` and `out:`; or judge the output, which is empty after a failure.
      """,
    help: "let the command stand alone and use `parse:` and `expect:`",
    fires: .steps(
      """
      status:
        diagnose: It answers
        at: ${node}
        run: etcdctl endpoint status | tail -1
      """),
    passes: .steps(
      """
      status:
        diagnose: It answers
        at: ${node}
        run: etcdctl endpoint status -w json
        parse: json
        expect: length == 1
      """),
    check: .script(findLostFailure))

  static let curlWithoutFail = LintRule(
    "curl-without-fail", "A request that succeeds whatever the server answers.",
    explanation: """
      Without `--fail`, `curl` exits with 0 on a 404 or 500 too. Where the exit status is all that is looked at, add \
      `-f` (or `--fail-with-body`); or look at the body with `expect:`.
      """,
    help: "add -f, or look at the answer with `expect:`",
    fires: .steps(
      """
      healthy:
        verify: It says that it is healthy
        at: ${node}
        run: curl -sS http://localhost:18180/v1/health
      """),
    passes: .steps(
      """
      healthy:
        verify: It says that it is healthy
        at: ${node}
        run: curl -fsS http://localhost:18180/v1/health
      """),
    check: .command(findTrustedRequest))

  static let unquotedPattern = LintRule(
    "unquoted-pattern", "A pattern meant for a program, which the shell may expand first.",
    explanation: """
      `find . -name *.log` works until a file in the working directory matches: then the shell replaces the pattern \
      before `find` sees it. The same goes for `systemctl … etcd*` and a remote path of `scp`. Quote it.
      """,
    help: "put it in single quotes",
    fires: .steps(
      """
      logs:
        diagnose: There are no crash logs
        at: ${node}
        run: find /var/log/etcd -name crash-*.log
      """),
    passes: .steps(
      """
      logs:
        diagnose: There are no crash logs
        at: ${node}
        run: find /var/log/etcd -name 'crash-*.log'
      """),
    check: .command(findUnquotedPattern))

  static let grpcurlFields = LintRule(
    "grpcurl-fields", "A field of grpcurl's output that is never there.",
    explanation: """
      grpcurl prints `leaderId` where the protocol file says `leader_id`, prints 64-bit numbers as strings, and leaves \
      out every field that is 0, false or empty. `.leader_id` is therefore always null. Write the camelCase name, and a \
      default for what may be left out: `.isLeader // false`.
      """,
    help: "write it in camelCase, with a default: .isLeader // false",
    fires: .steps(
      """
      leader:
        diagnose: There is a leader
        at: ${node}
        run: grpcurl -plaintext ${node.grpc_address} ledger.v1.AdminService/GetClusterInfo
        parse: json
        expect: .leader_id != null
      """),
    passes: .steps(
      """
      leader:
        diagnose: There is a leader
        at: ${node}
        run: grpcurl -plaintext ${node.grpc_address} ledger.v1.AdminService/GetClusterInfo
        parse: json
        expect: .leaderId != null
      """),
    check: .script(findGrpcurlFields))

  static let idAsHost = LintRule(
    "id-as-host", "A member's identifier used as the name of a machine.",
    explanation: """
      What a cluster calls `leader_id` is a number, not an address: `$LEADER:50051` connects to nothing. Use the \
      leader's address, which belay knows as `${leader.address}`.
      """,
    help: "use ${leader.address}",
    fires: .steps(
      """
      lag:
        diagnose: The leader answers
        at: ${node}
        run: |
          LEADER=$(grpcurl -plaintext ${node.grpc_address} ledger.v1.AdminService/GetClusterInfo | jq -r .leaderId)
          nc -z -w 3 "$LEADER" 50051 || grpcurl -plaintext "$LEADER:50051" list
      """),
    passes: .steps(
      """
      lag:
        diagnose: The leader answers
        at: ${node}
        run: grpcurl -plaintext ${leader.address}:50051 list
      """),
    check: .script(findIdAsHost))
}

private let filters: Set<String> = [
  "head", "tail", "tee", "cat", "sort", "uniq", "wc", "cut", "tr", "column", "sed", "awk", "less",
]

private func findLostFailure(_ script: LintScript) -> [LintFinding] {
  guard !script.isJudgedByOutput,
    !script.commands.contains(where: { $0.program == "set" && $0.hasArgument("pipefail") })
  else { return [] }
  var source: LintCommand?
  return script.commands.compactMap { command in
    guard !command.isSubstituted, !command.program.isEmpty, !command.isWrappedPart else { return nil }
    defer { if !command.command.readsPipe { source = command } }
    guard command.command.readsPipe, !command.command.writesPipe, let source, source.command.writesPipe else {
      return nil
    }
    let isCertain = ["echo", "printf"].contains(source.program) || source.command.document != nil
    let last = LintCommand.name(
      command.words.first { LintCommand.name($0) != "sudo" && $0.text.first != "-" })
    guard !isCertain, filters.contains(last) else { return nil }
    return script.finding("the failure of \(source.program) is lost behind \(last)", at: command.words.first)
  }
}

extension LintCommand {
  /// A program inside `sudo` and the like, which has been looked at with them.
  fileprivate var isWrappedPart: Bool { words.count != command.words.count }
}

private func findTrustedRequest(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard command.program == "curl", !script.isJudgedByOutput, !command.isSubstituted,
    !command.command.writesPipe,
    command.option("-f", "--fail", "--fail-with-body") == nil, command.option("-w", "--write-out") == nil
  else { return [] }
  return [script.finding("this succeeds whatever the server answers", at: command.words.first)]
}

private func findUnquotedPattern(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  let suspects: [ShellCommand.Word]
  switch command.program {
  case "find":
    suspects = ["-name", "-iname", "-path", "-wholename"].compactMap { command.value($0) }
  case "systemctl": suspects = Array(command.operands.dropFirst())
  case "journalctl": suspects = [command.value("-u", "--unit")].compactMap { $0 }
  case "scp", "rsync": suspects = command.operands.filter { $0.text.contains(":") }
  default: return []
  }
  return suspects.filter(\.hasBarePattern).map {
    script.finding("the shell may expand this before \(command.program) sees it", at: $0)
  }
}

extension ShellCommand.Word {
  /// A `*`, `?` or `[` that the shell takes for a pattern.
  var hasBarePattern: Bool {
    pieces.contains { piece in
      if case .text(let text) = piece.kind, !piece.isQuoted {
        text.contains { "*?[".contains($0) }
      } else {
        false
      }
    }
  }
}

private func findGrpcurlFields(_ script: LintScript) -> [LintFinding] {
  var findings: [LintFinding] = []
  var source = ""
  for command in script.commands where !command.program.isEmpty {
    if command.program == "jq", command.command.readsPipe, source == "grpcurl",
      let filter = command.operands.first, let field = snakeField(in: filter.text)
    {
      findings.append(script.finding("grpcurl prints no field called \(field.name)", at: filter))
    }
    if !command.command.readsPipe { source = command.program }
  }
  guard script.step?.parse == .json, script.commands.last(where: { !$0.isSubstituted })?.program == "grpcurl",
    let step = script.step, script.part != .undo
  else { return findings }
  for query in [step.expect].compactMap({ $0 }) + step.out.map(\.query) {
    guard let field = snakeField(in: query.text) else { continue }
    let place = query.location(atByte: field.offset, length: field.name.utf8.count)
    findings.append(LintFinding("grpcurl prints no field called \(field.name)", at: place))
  }
  return findings
}

/// The first `.snake_case` of a jq expression that is no part of a `$variable` or a text.
private func snakeField(in query: String) -> (name: String, offset: Int)? {
  let bytes = Array(query.utf8)
  func isName(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
      || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }
  var index = 0
  while index < bytes.count {
    switch bytes[index] {
    case UInt8(ascii: "\""):
      index += 1
      while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
        index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
      }
      index += 1
    case UInt8(ascii: "$"):
      index += 1
      while index < bytes.count, isName(bytes[index]) || bytes[index] == UInt8(ascii: ".") { index += 1 }
    case UInt8(ascii: "."):
      let name = bytes[(index + 1)...].prefix(while: isName)
      if name.contains(UInt8(ascii: "_")), let first = name.first, first >= UInt8(ascii: "a") {
        return (String(decoding: name, as: UTF8.self), index + 1)
      }
      index += 1 + name.count
    default: index += 1
    }
  }
  return nil
}

private func findIdAsHost(_ script: LintScript) -> [LintFinding] {
  var identifiers: Set<String> = []
  var findings: [LintFinding] = []
  for command in script.commands {
    for word in command.arguments where !command.isWrappedPart {
      guard let name = hostVariable(in: word), identifiers.contains(name) else { continue }
      findings.append(script.finding("$\(name) is a member's identifier, not a host", at: word))
    }
    for assignment in command.command.assignments where command.words.isEmpty {
      let filter = command.command.inner.last { $0.words.first?.text == "jq" }?.words.last?.text ?? ""
      let isIdentifier = filter.hasSuffix("_id") || filter.hasSuffix("Id") || filter.hasSuffix(".id")
      if isIdentifier { identifiers.insert(assignment.name) } else { identifiers.remove(assignment.name) }
    }
  }
  return findings
}

/// `LEADER` in `$LEADER:50051` or `http://$LEADER:50051/x`.
private func hostVariable(in word: ShellCommand.Word) -> String? {
  for (index, piece) in word.pieces.enumerated().dropLast() {
    guard case .variable(let name, _) = piece.kind, case .text(let next) = word.pieces[index + 1].kind,
      next.hasPrefix(":"), next.dropFirst().first?.isNumber == true
    else { continue }
    return name
  }
  return nil
}
