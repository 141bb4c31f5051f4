import Model

extension Plan {
  /// What has changed since this plan was reviewed, one sentence each; `fresh` was made just now.
  /// `edits` says of files by path which of their lines are others.
  package func differences(from fresh: Plan, edits: [String: [SourceEdit]] = [:]) -> [String] {
    var found = sourceDifferences(from: fresh, edits)
    for name in Set(inputs.keys).union(fresh.inputs.keys).sorted() where inputs[name] != fresh.inputs[name] {
      found.append(
        "input \(name) was \(inputs[name]?.text ?? "absent") and is \(fresh.inputs[name]?.text ?? "absent")")
    }
    found += nodeDifferences(from: fresh)
    if dangerPhrases != fresh.dangerPhrases {
      func written(_ phrases: [String]) -> String {
        phrases.isEmpty ? "nothing" : phrases.joined(separator: "; ")
      }
      found.append("what will be lost was \(written(dangerPhrases)) and is \(written(fresh.dangerPhrases))")
    }
    if approval != fresh.approval {
      func written(_ approval: PlanApproval?) -> String {
        approval.map { "\($0.required) of \($0.allowedSigners)" } ?? "nobody"
      }
      found.append("it was to be approved by \(written(approval)) and is by \(written(fresh.approval))")
    }
    found += memberDifferences(from: fresh) + stepDifferences(from: fresh)
    return found.isEmpty ? otherDifferences(from: fresh) : found
  }

  private func sourceDifferences(from fresh: Plan, _ edits: [String: [SourceEdit]]) -> [String] {
    let linesPerFile = 12
    var found: [String] = []
    for path in Set(sources.keys).union(fresh.sources.keys).sorted()
    where sources[path] != fresh.sources[path] {
      found.append(
        fresh.sources[path] == nil
          ? "\(path) is no longer read" : "\(path) \(sources[path] == nil ? "is read now" : "was edited")")
      let lines = (edits[path] ?? []).flatMap { $0.told(in: path) }
      found += lines.prefix(linesPerFile)
      if lines.count > linesPerFile { found.append("\(path): and \(lines.count - linesPerFile) more lines") }
    }
    return found
  }

  private func memberDifferences(from fresh: Plan) -> [String] {
    var found: [String] = []
    let old = before?.membership
    let now = fresh.before?.membership
    if old?.cluster != now?.cluster {
      found.append("the cluster's id was \(old?.cluster ?? "unknown") and is \(now?.cluster ?? "unknown")")
    }
    for member in (old?.identity ?? []).subtracting(now?.identity ?? []).sorted() {
      found.append("member is gone or changed: \(member)")
    }
    for member in (now?.identity ?? []).subtracting(old?.identity ?? []).sorted() {
      found.append("member is new or changed: \(member)")
    }
    return found
  }

  private func nodeDifferences(from fresh: Plan) -> [String] {
    var found: [String] = []
    let current = Dictionary(fresh.nodes.map { ($0.name, $0) }) { first, _ in first }
    let known = Set(nodes.map(\.name))
    for node in nodes {
      guard let now = current[node.name] else {
        found.append("node \(node.name) is no longer in the inventory")
        continue
      }
      if now.hostKeys != node.hostKeys {
        func written(_ keys: [String]) -> String { keys.isEmpty ? "none" : keys.joined(separator: ", ") }
        found.append(
          "the recorded host key of \(node.name) has changed: it was \(written(node.hostKeys)) "
            + "and is \(written(now.hostKeys))")
      }
      if now.address != node.address {
        found.append("the address of \(node.name) was \(node.address) and is \(now.address)")
      }
      let changes = node.settings.changes(to: now.settings)
      if !changes.isEmpty {
        found.append(
          "the settings of \(node.name) in the inventory have changed: \(changes.joined(separator: "; "))")
      }
    }
    for node in fresh.nodes where !known.contains(node.name) {
      found.append("node \(node.name) is new in the inventory")
    }
    return found
  }

  /// For what no sentence above speaks of: at least which part of the plan it is.
  private func otherDifferences(from fresh: Plan) -> [String] {
    func parts(_ plan: Plan) -> Value.Object {
      (try? JSONReader.parse(plan.reviewed.encoded()).objectValue) ?? [:]
    }
    let (old, now) = (parts(self), parts(fresh))
    let names = Set(old.keys).union(now.keys).filter { old[$0] != now[$0] }.sorted()
    return names.map { "its part \"\($0)\" is another" }
  }
}

extension PlannedNode {
  fileprivate var settings: Value.Object {
    var all: Value.Object = ["state": .string(state.rawValue)]
    if let host = ssh.host { all["ssh.host"] = .string(host) }
    if let port = ssh.port { all["ssh.port"] = .number(Double(port)) }
    if let user = ssh.user { all["ssh.user"] = .string(user) }
    if let files = ssh.identityFiles { all["ssh.identity"] = .array(files.map { .string($0) }) }
    if let files = ssh.knownHostsFiles { all["ssh.known_hosts"] = .array(files.map { .string($0) }) }
    if let agent = ssh.useAgent { all["ssh.agent"] = .bool(agent) }
    if let timeout = ssh.connectTimeoutSeconds { all["ssh.connect_timeout"] = .number(timeout) }
    for (name, value) in variables.entries { all["vars.\(name)"] = value }
    return all
  }
}

extension Value.Object {
  /// `name was old and is new`, one for each that differs.
  func changes(to new: Value.Object) -> [String] {
    Set(keys).union(new.keys).sorted().filter { self[$0] != new[$0] }.map { name in
      "\(name) was \(Self.short(self[name])) and is \(Self.short(new[name]))"
    }
  }

  private static func short(_ value: Value?) -> String {
    guard let text = value?.json() else { return "absent" }
    return text.count > 100 ? "\(text.prefix(99))…" : text
  }
}
