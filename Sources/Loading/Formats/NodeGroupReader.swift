import Model

extension InventoryReader {
  /// `groups: { zone-a: [n1, n2], zone-b: ["n[3-5]"] }`
  func readGroups(_ node: YAMLNode, nodes: [Node]) -> [NodeGroup] {
    let names = nodes.map(\.name.rawValue)
    return readEntries(node, "\"groups\"", problems).compactMap { entry in
      checkNodeName(entry.key, "the group")
      if let node = nodes.first(where: { $0.name.rawValue == entry.key.value }) {
        problems.error(
          "reserved-name", "the group \(quoted(entry.key.value)) is called like a node",
          at: entry.key.location,
          help: "rename one of them: `at: \(entry.key.value)` must mean one thing",
          notes: [.init("the node is here", at: node.location)])
      }
      let list = Shape<[Located<String>]>.list(of: Shape<String>.string.located())
      guard let written = list.read(entry.value, quoted(entry.key.value), problems) else { return nil }
      var members: [NodeName] = []
      for text in written {
        for name in expanded(text) {
          if !names.contains(name.rawValue) {
            problems.error(
              "unknown-node",
              "the group \(quoted(entry.key.value)) names \(quoted(name.rawValue)), which the cluster has not",
              at: text.location,
              help: didYouMean(name.rawValue, among: names)
                ?? "the nodes are: \(names.joined(separator: ", "))")
          } else if !members.contains(name) {
            members.append(name)
          }
        }
      }
      return NodeGroup(name: entry.key.value, members: members, location: entry.key.location)
    }
  }

  private func expanded(_ text: Located<String>) -> [NodeName] {
    do throws(NodeRange.Failure) {
      return try NodeRange(text.value)?.names ?? [NodeName(text.value)]
    } catch {
      problems.error("bad-range", error.message, at: text.location, help: error.help)
      return []
    }
  }
}
