import Model

extension Plan {
  /// What has changed since this plan was reviewed, one sentence each; `fresh` was made just now.
  /// `edits` says of files by path which of their lines are others.
  package func differences(from fresh: Plan, edits: [String: [SourceEdit]] = [:]) -> [String] {
    changes(to: fresh, edits: edits).map(\.text)
  }

  package func changes(to fresh: Plan, edits: [String: [SourceEdit]] = [:]) -> [PlanDifference] {
    var found: [PlanDifference] = []
    if runbook != fresh.runbook {
      found.append(PlanDifference(.runbook, "the runbook was \(runbook) and is \(fresh.runbook)"))
    }
    found += sourceChanges(to: fresh, edits)
    for name in Set(inputs.keys).union(fresh.inputs.keys).sorted() where inputs[name] != fresh.inputs[name] {
      found.append(
        PlanDifference(
          .input, name,
          "input \(name) was \(inputs[name]?.text ?? "absent") and is \(fresh.inputs[name]?.text ?? "absent")"
        ))
    }
    found += nodeChanges(to: fresh)
    if dangerPhrases != fresh.dangerPhrases {
      func written(_ phrases: [String]) -> String {
        phrases.isEmpty ? "nothing" : phrases.joined(separator: "; ")
      }
      found.append(
        PlanDifference(
          .danger, "what will be lost was \(written(dangerPhrases)) and is \(written(fresh.dangerPhrases))"))
    }
    if approval != fresh.approval {
      func written(_ approval: PlanApproval?) -> String {
        guard let approval else { return "by nobody" }
        let author = approval.author.map { " besides \($0)" } ?? ""
        return "by \(approval.required) of \(approval.allowedSigners)\(author)"
      }
      found.append(
        PlanDifference(
          .approval, "it was to be approved \(written(approval)) and is \(written(fresh.approval))"))
    }
    found += membershipChanges(to: fresh) + stepChanges(to: fresh)
    return found.isEmpty ? otherChanges(to: fresh) : found
  }

  private func sourceChanges(to fresh: Plan, _ edits: [String: [SourceEdit]]) -> [PlanDifference] {
    let linesPerFile = 12
    var found: [PlanDifference] = []
    for path in Set(sources.keys).union(fresh.sources.keys).sorted()
    where sources[path] != fresh.sources[path] {
      found.append(
        fresh.sources[path] == nil
          ? PlanDifference(.source, path, .removed, "\(path) is no longer read")
          : sources[path] == nil
            ? PlanDifference(.source, path, .added, "\(path) is read now")
            : PlanDifference(.source, path, .changed, "\(path) was edited"))
      let lines = (edits[path] ?? []).flatMap { $0.told(in: path) }
      found += lines.prefix(linesPerFile).map { PlanDifference(.source, path, $0) }
      if lines.count > linesPerFile {
        found.append(PlanDifference(.source, path, "\(path): and \(lines.count - linesPerFile) more lines"))
      }
    }
    return found
  }

  private func nodeChanges(to fresh: Plan) -> [PlanDifference] {
    var found: [PlanDifference] = []
    func add(_ node: PlannedNode, _ text: String, _ change: PlanDifference.Change = .changed) {
      found.append(PlanDifference(.node, node.name.rawValue, change, text))
    }
    func written(_ keys: [String]) -> String { keys.isEmpty ? "none" : keys.joined(separator: ", ") }
    let now = Dictionary(fresh.nodes.map { ($0.name, $0) }) { first, _ in first }
    for node in nodes {
      guard let now = now[node.name] else {
        add(node, "node \(node.name) is no longer in the inventory", .removed)
        continue
      }
      if now.hostKeys != node.hostKeys {
        add(
          node,
          "the recorded host key of \(node.name) has changed: it was \(written(node.hostKeys)) "
            + "and is \(written(now.hostKeys))")
      }
      if now.address != node.address {
        add(node, "the address of \(node.name) was \(node.address) and is \(now.address)")
      }
      let changes = node.settings.changes(to: now.settings)
      if !changes.isEmpty {
        add(
          node,
          "the settings of \(node.name) in the inventory have changed: \(changes.joined(separator: "; "))")
      }
    }
    let old = Set(nodes.map(\.name))
    for node in fresh.nodes where !old.contains(node.name) {
      add(node, "node \(node.name) is new in the inventory", .added)
    }
    return found
  }

  private func membershipChanges(to fresh: Plan) -> [PlanDifference] {
    var found: [PlanDifference] = []
    if cluster != fresh.cluster {
      found.append(
        PlanDifference(
          .cluster,
          "the cluster was \(cluster?.rawValue ?? "none") and is \(fresh.cluster?.rawValue ?? "none")"))
    }
    let old = before?.membership
    let now = fresh.before?.membership
    if old?.cluster != now?.cluster {
      found.append(
        PlanDifference(
          .cluster, "the cluster's id was \(old?.cluster ?? "unknown") and is \(now?.cluster ?? "unknown")"))
    }
    for member in (old?.identity ?? []).subtracting(now?.identity ?? []).sorted() {
      found.append(PlanDifference(.member, member, .removed, "member is gone or changed: \(member)"))
    }
    for member in (now?.identity ?? []).subtracting(old?.identity ?? []).sorted() {
      found.append(PlanDifference(.member, member, .added, "member is new or changed: \(member)"))
    }
    return found
  }

  /// For what no sentence above speaks of: at least which part of the plan it is.
  private func otherChanges(to fresh: Plan) -> [PlanDifference] {
    func parts(_ plan: Plan) -> Value.Object {
      (try? JSONReader.parse(plan.reviewed.encoded()).objectValue) ?? [:]
    }
    let (old, now) = (parts(self), parts(fresh))
    let names = Set(old.keys).union(now.keys).filter { old[$0] != now[$0] }.sorted()
    return names.map { PlanDifference(.part, $0, "its part \"\($0)\" is another") }
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
