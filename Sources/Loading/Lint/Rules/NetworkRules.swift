import Expressions
import Model

extension LintRule {
  static let tcpProbeOfUDP = LintRule(
    "tcp-probe-of-udp", "A TCP probe of a port that speaks UDP.",
    explanation: """
      Gossip runs over UDP. `nc -z` asks for TCP: it fails on a healthy node, or finds another service. \
      Probe with `nc -u`, which still proves little as UDP does not answer; better ask the service for its members.
      """,
    help: "ask the service who its members are, or probe with nc -zu",
    fires: .steps(
      """
      gossip:
        diagnose: The gossip port is open
        at: ${node}
        run: nc -z -w 3 ${node.address} ${node.gossip_port}
      """),
    passes: .steps(
      """
      gossip:
        diagnose: The gossip port is open
        at: ${node}
        run: nc -zu -w 3 ${node.address} ${node.gossip_port}
      """),
    check: .command(findTCPProbe))

  static let plainHTTP = LintRule(
    "plain-http", "Plain http to a port that speaks TLS.",
    explanation: """
      Another command of the runbook, or the system's own values, say that this port speaks TLS. `http://` to it fails, \
      and where it does not, the answer may be anybody's. Write `https://` with `--cacert`.
      """,
    help: "write https:// and name the CA",
    fires: .steps(
      """
      handshake:
        diagnose: The certificate is good
        at: ${node}
        run: openssl s_client -connect ${node.address}:2379 -CAfile /etc/etcd/ca.crt </dev/null
      status:
        diagnose: It answers
        at: ${node}
        run: etcdctl --endpoints=http://${node.address}:2379 endpoint status
      """),
    passes: .steps(
      """
      handshake:
        diagnose: The certificate is good
        at: ${node}
        run: openssl s_client -connect ${node.address}:2379 -CAfile /etc/etcd/ca.crt </dev/null
      status:
        diagnose: It answers
        at: ${node}
        run: etcdctl --endpoints=https://${node.address}:2379 --cacert=/etc/etcd/ca.crt endpoint status
      """),
    check: .runbook(findPlainHTTP))
}

/// Gossip ports of the systems we know; elsewhere the same numbers may mean something else.
private let gossipPorts: [String: Set<String>] = ["stemedb": ["18183"], "chainfire": ["2381"]]

func isGossipName(_ name: String) -> Bool {
  ["gossip", "udp", "swim"].contains { name.lowercased().contains($0) }
}

private func findTCPProbe(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard ["nc", "ncat", "netcat"].contains(command.program), command.option("-u", "--udp") == nil,
    command.option("-l") == nil, let port = command.operands.last, command.operands.count > 1
  else { return [] }
  let declared = script.nodeDefaults.contains { entry in
    guard isGossipName(entry.name), case .constant(.number(let number)) = entry.value else { return false }
    return port.text == Value.number(number).json()
  }
  let isGossip =
    declared || gossipPorts[script.system?.rawValue ?? ""]?.contains(port.text) == true
    || port.references.contains { isGossipName($0.path.last ?? "") }
  guard isGossip else { return [] }
  return [script.finding("gossip speaks UDP, and this asks for TCP", at: port)]
}

// MARK: http

private func findPlainHTTP(_ runbook: LintRunbook) -> [LintFinding] {
  var secure: [String: SourceLocation] = [:]
  for script in runbook.scripts {
    for command in script.commands {
      let hasCertificate =
        command.option(
          "--cacert", "--cert", "-CAfile", "--tls", "--tls-verify", "--tlscacert") != nil
      for word in command.arguments {
        guard word.text.contains("https://") || (hasCertificate && !word.text.contains("http://")),
          let port = port(in: word.text)
        else { continue }
        if secure[port] == nil { secure[port] = script.place(word.range) }
      }
    }
  }
  if isSecured(runbook) {
    for entry in runbook.context.known.system?.nodeDefaults ?? [] where entry.name.hasSuffix("port") {
      let place = entry.location ?? runbook.context.known.system?.location
      if let place, secure[entry.name] == nil { secure[entry.name] = place }
      if case .constant(let value) = entry.value, let place {
        secure[value.json()] = secure[value.json()] ?? place
      }
    }
  }
  guard !secure.isEmpty else { return [] }
  return runbook.scripts.flatMap { script in
    script.commands.filter { !["echo", "printf", "grep"].contains($0.program) }.flatMap { command in
      command.ownArguments.compactMap { word -> LintFinding? in
        guard word.text.contains("http://"), let port = port(in: word.text), let reason = secure[port] else {
          return nil
        }
        return LintFinding(
          "port \(port) speaks TLS", at: word.range, of: script.text,
          notes: [.init("as is said here", at: reason)])
      }
    }
  }
}

extension LintCommand {
  /// Its arguments, unless they are another program's that is looked at by itself.
  var ownArguments: ArraySlice<ShellCommand.Word> {
    ["sudo", "ssh", "timeout", "env", "sh", "bash", "watch", "time", "nohup", "exec"].contains(program)
      ? [] : arguments
  }
}

/// Whether the nodes have values such as `ca_file`, in the system or in the inventory.
private func isSecured(_ runbook: LintRunbook) -> Bool {
  let defaults = (runbook.context.known.system?.nodeDefaults ?? []).map { entry -> (String, Value) in
    switch entry.value {
    case .text(let text): (entry.name, .string(text.text))
    case .constant(let value): (entry.name, value)
    }
  }
  let variables = (runbook.context.known.clusters ?? []).flatMap(\.nodes).flatMap(\.variables.entries)
    .map { ($0.key, $0.value) }
  return (defaults + variables).contains { saysTLS($0.0, $0.1) }
}

func saysTLS(_ name: String, _ value: Value) -> Bool {
  let parts = name.lowercased().split(separator: "_").map(String.init)
  guard !Set(parts).isDisjoint(with: ["tls", "ca", "cacert", "cert"]) else { return false }
  switch value {
  case .null, .bool(false): return false
  case .string(let text): return !["", "false", "no", "off", "none"].contains(text)
  default: return true
  }
}

/// `2379` of `http://host:2379/path` and of `host:2379`, or the last name of a reference that stands there.
private func port(in text: String) -> String? {
  var rest = text[...]
  if let scheme = rest.range(of: "://") { rest = rest[scheme.upperBound...] }
  rest = rest.prefix { $0 != "/" || rest.first == "/" }
  guard let colon = rest.lastIndex(of: ":") else { return nil }
  let tail = rest[rest.index(after: colon)...]
  if tail.hasPrefix("${"), tail.hasSuffix("}") {
    return tail.dropFirst(2).dropLast().split(separator: ".").last.map(String.init)
  }
  let digits = tail.prefix(while: \.isNumber)
  return digits.count >= 2 && digits.count == tail.count ? String(digits) : nil
}

extension Substring {
  /// The first place of a text in it.
  fileprivate func range(of text: String) -> Range<Index>? { ranges(of: text).first }
}
