import Model

/// Two nodes of a cluster at one address are almost always a slip of the hand: the same machine would be
/// counted as two members.
func duplicateAddressRule(_ inventory: Inventory) -> [Diagnostic] {
  inventory.clusters.flatMap { cluster in
    var first: [String: Node] = [:]
    return cluster.nodes.compactMap { node -> Diagnostic? in
      guard let other = first[node.address] else {
        first[node.address] = node
        return nil
      }
      return Diagnostic(
        .warning, "duplicate-address",
        "the nodes \"\(other.name)\" and \"\(node.name)\" have the same address \(node.address)",
        at: node.location, help: "check which machine each of them is",
        notes: [.init("\"\(other.name)\" is here", at: other.location)])
    }
  }
}
