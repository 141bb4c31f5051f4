package import Model
package import Transport

/// What known_hosts has for an endpoint, as `ssh-ed25519 SHA256:…`, without connecting to it. Sorted, so that
/// it can be compared and signed; empty if the host is unknown.
package func recordedHostKeys(for endpoint: SSHEndpoint) throws(TransportFailure) -> [String] {
  try recordedHostKeys(for: endpoint, in: Credentials())
}

/// The same for many nodes, reading each file once. A node whose settings or files cannot be used has none:
/// connecting to it says why.
package func recordedHostKeys(for endpoints: [SSHEndpoint]) -> [NodeName: [String]] {
  let files = Credentials()
  var recorded: [NodeName: [String]] = [:]
  for endpoint in endpoints {
    recorded[endpoint.node] = (try? recordedHostKeys(for: endpoint, in: files)) ?? []
  }
  return recorded
}

private func recordedHostKeys(
  for endpoint: SSHEndpoint, in files: Credentials
) throws(TransportFailure) -> [String] {
  try endpoint.validate()
  var lines: Set<String> = []
  for key in try files.hostKeys(for: endpoint) where !key.isRevoked {
    if let fingerprint = key.fingerprint { lines.insert("\(key.type) \(fingerprint)") }
  }
  return lines.sorted()
}

/// Strict host keys: only a recorded key is trusted, and nobody is asked.
extension SSHEndpoint {
  var knownHostsList: String {
    knownHostsFiles.isEmpty ? "known_hosts (no file is configured)" : knownHostsFiles.joined(separator: ", ")
  }

  /// Empty means that any will do: the host is unknown, and shall show its key for the message.
  func algorithms(for known: [KnownHostKey]) throws(TransportFailure) -> [String] {
    let trusted = known.filter { !$0.isRevoked }
    var algorithms: [String] = []
    for algorithm in trusted.flatMap(\.algorithms) where !algorithms.contains(algorithm) {
      algorithms.append(algorithm)
    }
    if algorithms.isEmpty, let key = trusted.first {
      throw failure(
        .hostKeyUnknown,
        "\(key.place) has only a \(printable(key.type)) key for \(knownHostsName), "
          + "a type that belay cannot check", help: recordKeyHelp)
    }
    return algorithms
  }

  func verify(_ key: borrowing PublicKey, among known: [KnownHostKey]) throws(TransportFailure) {
    let shown = "\(key.type) \(key.fingerprint)"
    var isTrusted = false
    for entry in known {
      guard let recorded = PublicKey(type: entry.type, base64: entry.base64), recorded.isSame(as: key) else {
        continue
      }
      if entry.isRevoked {
        throw failure(
          .hostKeyChanged, "\(place) shows the host key \(shown), which \(entry.place) has revoked",
          help: "do not log in: someone may hold this key. Give the node a new host key and record it")
      }
      isTrusted = true
    }
    if isTrusted { return }
    guard let first = known.first(where: { !$0.isRevoked }) else {
      throw failure(
        .hostKeyUnknown,
        "the host key of \(place) is unknown: it shows \(shown), and \(knownHostsList) has no key for "
          + knownHostsName, help: recordKeyHelp)
    }
    throw failure(
      .hostKeyChanged,
      "the host key of \(place) has changed: it shows \(shown), but \(first.place) has \(printable(first.type)) "
        + (first.fingerprint ?? "an unreadable key"),
      help: "the node was reinstalled, or someone stands between. If you know why, "
        + "`ssh-keygen -R \(shellWord(knownHostsName)) -f \(shellWord(first.file))` and then \(recordKeyHelp)"
    )
  }

  var recordKeyHelp: String {
    let file = knownHostsFiles.first.map(shellWord) ?? "FILE"
    var scan = "ssh-keyscan -p \(port) \(shellWord(host))"
    if let hostKeyAlias { scan += " | sed \(shellWord("s/^[^ ]*/\(hostKeyAlias)/"))" }
    return "record it with `\(scan) >> \(file)` and compare the fingerprint with that of "
      + "`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the node's own console"
  }
}
