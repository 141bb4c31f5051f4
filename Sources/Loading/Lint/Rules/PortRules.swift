import Model

extension LintRule {
  static let portCollision = LintRule(
    "port-collision", "Two services of one machine on the same port.",
    explanation: """
      Only one process can listen on a port: the second service does not start, or probes find the wrong one. Give \
      each service of a machine a port of its own.
      """,
    help: "give one of them another port",
    fires: .inventory(
      """
      clusters:
        keys:
          system: chainfire
          vars: { api_port: 2379 }
          nodes:
            keys-1: { address: 192.0.2.11 }
        series:
          system: flaredb
          vars: { store_port: 2379 }
          nodes:
            series-1: { address: 192.0.2.11 }
      """),
    passes: .inventory(
      """
      clusters:
        keys:
          system: chainfire
          vars: { api_port: 2379 }
          nodes:
            keys-1: { address: 192.0.2.11 }
        series:
          system: flaredb
          vars: { store_port: 2479 }
          nodes:
            series-1: { address: 192.0.2.11 }
      """),
    check: .inventory(findPortCollision))

  static let systemPortCollision = LintRule(
    "system-port-collision", "Two ports of one system that are the same.",
    explanation: """
      Every node of the system has these values unless its inventory says otherwise, so two services of one machine \
      would listen on the same port.
      """,
    help: "give one of them another port",
    fires: .system(
      """
      system: chainfire
      summary: A key-value store.
      node: { api_port: 2379, raft_port: 2379 }
      observe:
        ask: { status: { run: chainfire-client status } }
        view: .
        identify: $member.name == $node.name
      """),
    passes: .system(
      """
      system: chainfire
      summary: A key-value store.
      node: { api_port: 2379, raft_port: 2380 }
      observe:
        ask: { status: { run: chainfire-client status } }
        view: .
        identify: $member.name == $node.name
      """),
    check: .system(findSystemPortCollision))

  static let systemPlainHTTP = LintRule(
    "system-plain-http", "A system with certificates whose addresses begin with http.",
    explanation: """
      The nodes have a CA or a certificate, but the address that commands use says `http://`: health checks fail or ask \
      somebody else. Write `https://`, or a scheme that the inventory can set.
      """,
    help: "write https://, or ${scheme}:// with a value that the inventory can set",
    fires: .system(
      """
      system: chainfire
      summary: A key-value store.
      node:
        ca_file: /etc/chainfire/ca.crt
        url: http://${address}:2379
      observe:
        ask: { status: { run: "chainfire-client --endpoint ${here.url} status" } }
        view: .
        identify: $member.name == $node.name
      """),
    passes: .system(
      """
      system: chainfire
      summary: A key-value store.
      node:
        ca_file: /etc/chainfire/ca.crt
        url: https://${address}:2379
      observe:
        ask: { status: { run: "chainfire-client --endpoint ${here.url} --cacert ${here.ca_file} status" } }
        view: .
        identify: $member.name == $node.name
      """),
    check: .system(findSystemPlainHTTP))
}

private func isPortName(_ name: String) -> Bool { name == "port" || name.hasSuffix("_port") }

private func findPortCollision(_ inventory: Inventory) -> [LintFinding] {
  struct Place: Hashable {
    var address: String
    var port: String
  }
  var first: [Place: (node: Node, name: String)] = [:]
  return inventory.clusters.flatMap(\.nodes).flatMap { node in
    node.variables.entries.compactMap { entry -> LintFinding? in
      guard isPortName(entry.key), case .number = entry.value else { return nil }
      let place = Place(address: node.address, port: entry.value.json())
      guard let other = first[place] else {
        first[place] = (node, entry.key)
        return nil
      }
      return LintFinding(
        "\(entry.key) of \(node.name) and \(other.name) of \(other.node.name) are both \(place.port) at \(node.address)",
        at: node.location, notes: [.init("\(other.node.name) is here", at: other.node.location)])
    }
  }
}

private func findSystemPortCollision(_ system: ClusterSystem) -> [LintFinding] {
  var first: [String: NodeDefault] = [:]
  return system.nodeDefaults.compactMap { entry in
    guard isPortName(entry.name), case .constant(let value) = entry.value else { return nil }
    guard let other = first[value.json()] else {
      first[value.json()] = entry
      return nil
    }
    return LintFinding(
      "\(entry.name) and \(other.name) are both \(value.json())", at: entry.location ?? system.location,
      notes: [.init("\(other.name) is here", at: other.location)])
  }
}

private func findSystemPlainHTTP(_ system: ClusterSystem) -> [LintFinding] {
  let isSecured = system.nodeDefaults.contains { entry in
    switch entry.value {
    case .text(let text): saysTLS(entry.name, .string(text.text))
    case .constant(let value): saysTLS(entry.name, value)
    }
  }
  guard isSecured else { return [] }
  return system.nodeDefaults.compactMap { entry in
    guard case .text(let text) = entry.value, text.text.hasPrefix("http://") else { return nil }
    return LintFinding("the nodes have certificates, and \(entry.name) says http", at: text.location)
  }
}
