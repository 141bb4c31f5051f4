package import Model

/// Reads inventories and puts their clusters together. `home` is what `~/` stands for.
package func loadInventory(_ files: [SourceFile], home: String?) -> LoadResult<Inventory> {
  let problems = Problems()
  var clusters: [Cluster] = []
  var firstPlaces: [ClusterName: SourceLocation] = [:]
  for file in files {
    guard let root = YAMLReader.read(file, problems) else { continue }
    for cluster in InventoryReader(path: file.path, home: home, problems: problems).read(root) {
      if let first = firstPlaces[cluster.name] {
        problems.error(
          "duplicate-cluster", "the cluster \"\(cluster.name)\" is defined twice", at: cluster.location,
          help: "rename one of them, or leave one inventory out",
          notes: [.init("first defined here", at: first)])
      } else {
        firstPlaces[cluster.name] = cluster.location
        clusters.append(cluster)
      }
    }
  }
  let inventory = Inventory(clusters: clusters)
  duplicateAddressRule(inventory).forEach(problems.report)
  lint(inventory, in: files).forEach(problems.report)
  return LoadResult(inventory, problems, sources: files)
}

/// What an inner level of an inventory takes over from the one around it.
private struct Inherited {
  var ssh = SSHSettings()
  var variables = Value.Object()

  func overridden(by inner: Inherited) -> Inherited {
    var merged = self
    merged.ssh = inner.ssh.inheriting(ssh)
    for (key, value) in inner.variables.entries { merged.variables[key] = value }
    return merged
  }
}

struct InventoryReader {
  let path: String
  let home: String?
  let problems: Problems

  func read(_ root: YAMLNode) -> [Cluster] {
    guard var keys = MappingReader(root, "the inventory", problems) else { return [] }
    let settings = readSettings(&keys)
    let approvals = readApprovals(&keys)
    let clusters = keys.required(
      "clusters",
      Shape("a mapping of names to clusters") { node, name, problems in
        readEntries(node, name, problems).compactMap { readCluster($0, settings, approvals) }
      })
    keys.finish()
    return clusters ?? []
  }

  private func readSettings(_ keys: inout MappingReader) -> Inherited {
    let reader = SSHSettingsReader(directory: parent(of: path), home: home, problems: problems)
    let ssh = keys.node("ssh").map { reader.read($0, "\"ssh\" of \(keys.subject)") }
    let variables = keys.node("vars").map(readVariables)
    return Inherited(ssh: ssh ?? SSHSettings(), variables: variables ?? [:])
  }

  private func readApprovals(_ keys: inout MappingReader) -> ApprovalRule? {
    let paths = SSHSettingsReader(directory: parent(of: path), home: home, problems: problems).path
    return keys.node("approvals").flatMap {
      ApprovalRuleReader(path: paths, problems: problems).read($0, "\"approvals\" of \(keys.subject)")
    }
  }

  private func readVariables(_ node: YAMLNode) -> Value.Object {
    let entries = readEntries(node, "\"vars\"", problems)
    return Value.Object(
      entries.compactMap { entry in
        checkNodeVariable(entry.key, problems)
        return entry.value.plainValue(quoted(entry.key.value), problems).map { (entry.key.value, $0) }
      })
  }

  private func readCluster(_ entry: YAMLEntry, _ outer: Inherited, _ rule: ApprovalRule?) -> Cluster? {
    checkNodeName(entry.key, "the cluster")
    guard var keys = MappingReader(entry.value, "the cluster \(quoted(entry.key.value))", problems) else {
      return nil
    }
    let system = keys.required("system", Shape<String>.systemName.located())
    let dialect = keys.optional("dialect", Shape<String>.string.located())
    let settings = outer.overridden(by: readSettings(&keys))
    let nodes = keys.required(
      "nodes",
      Shape("a mapping of names to nodes") { node, name, problems in
        readEntries(node, name, problems).compactMap { readNode($0, settings) }
      })
    let groups = keys.node("groups").map { readGroups($0, nodes: nodes ?? []) }
    let approvals = readApprovals(&keys) ?? rule
    keys.finish()
    guard let system else { return nil }
    return Cluster(
      name: ClusterName(entry.key.value), system: Located(SystemName(system.value), at: system.location),
      nodes: nodes ?? [], groups: groups ?? [], approvals: approvals, dialect: dialect,
      location: entry.key.location)
  }

  private func readNode(_ entry: YAMLEntry, _ outer: Inherited) -> Node? {
    checkNodeName(entry.key, "the node")
    guard var keys = MappingReader(entry.value, "the node \(quoted(entry.key.value))", problems) else {
      return nil
    }
    let address = keys.required("address", .host)
    let state = keys.optional("state", Shape<NodeState>.choice)
    let settings = outer.overridden(by: readSettings(&keys))
    keys.finish()
    guard let address else { return nil }
    return Node(
      name: NodeName(entry.key.value), address: address, state: state ?? .member, ssh: settings.ssh,
      variables: settings.variables, location: entry.key.location)
  }

  func checkNodeName(_ name: Located<String>, _ what: String) {
    problems.recorder?.learnName(["pattern": .string(Names.nodeNamePattern)], at: name.location)
    if !Names.isNodeName(name.value) {
      problems.error(
        "bad-name", "\(what) \(quoted(name.value)) has a name that is not allowed", at: name.location,
        help: "begin with a letter or a digit; go on with letters, digits, dots, - and _")
    } else if SelectorParser.words[name.value] != nil || name.value == "any" {
      problems.error(
        "reserved-name",
        "\(what) cannot be called \"\(name.value)\": `at: \(name.value)` means something else",
        at: name.location)
    }
  }
}
