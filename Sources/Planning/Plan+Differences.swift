import Model

extension Plan {
  /// What has changed since this plan was reviewed, one sentence each; `fresh` was made just now.
  package func differences(from fresh: Plan) -> [String] { changes(to: fresh).map(\.text) }

  package func changes(to fresh: Plan) -> [PlanDifference] {
    var found: [PlanDifference] = []
    if runbook != fresh.runbook {
      found.append(PlanDifference(.runbook, "the runbook was \(runbook) and is \(fresh.runbook)"))
    }
    for path in Set(sources.keys).union(fresh.sources.keys).sorted()
    where sources[path] != fresh.sources[path] {
      found.append(
        fresh.sources[path] == nil
          ? PlanDifference(.source, path, .removed, "\(path) is no longer read")
          : sources[path] == nil
            ? PlanDifference(.source, path, .added, "\(path) is read now")
            : PlanDifference(.source, path, .changed, "\(path) was edited"))
    }
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
    return found + membershipChanges(to: fresh) + stepChanges(to: fresh)
  }

  private func nodeChanges(to fresh: Plan) -> [PlanDifference] {
    var found: [PlanDifference] = []
    func add(_ node: PlannedNode, _ text: String, _ change: PlanDifference.Change = .changed) {
      found.append(PlanDifference(.node, node.name.rawValue, change, text))
    }
    let now = Dictionary(fresh.nodes.map { ($0.name, $0) }) { first, _ in first }
    for node in nodes {
      guard let now = now[node.name] else {
        add(node, "node \(node.name) is no longer in the inventory", .removed)
        continue
      }
      if now.hostKeys != node.hostKeys { add(node, "the recorded host key of \(node.name) has changed") }
      if now.address != node.address {
        add(node, "the address of \(node.name) was \(node.address) and is \(now.address)")
      }
      if now.state != node.state || now.ssh != node.ssh || now.variables != node.variables {
        add(node, "the settings of \(node.name) in the inventory have changed")
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

  private func stepChanges(to fresh: Plan) -> [PlanDifference] {
    var found: [PlanDifference] = []
    let mine = Dictionary(steps.map { ($0.id, $0) }) { first, _ in first }
    let new = Set(fresh.steps.map(\.id))
    for step in steps where !new.contains(step.id) {
      found.append(
        PlanDifference(.step, step.id.rawValue, .removed, "step \(step.id) (\(step.source)) is gone"))
    }
    for step in fresh.steps {
      let text: String
      guard let old = mine[step.id] else {
        found.append(
          PlanDifference(.step, step.id.rawValue, .added, "step \(step.id) (\(step.source)) is new"))
        continue
      }
      if old.condition != step.condition {
        text = "step \(step.id) (\(step.source)) would be decided otherwise: \(step.condition.text)"
      } else if old.fileContents != step.fileContents {
        text = "a file of step \(step.id) has changed on its node"
      } else if let change = old.changeOfSights(to: step) {
        text = change
      } else if old.withoutPreviews != step.withoutPreviews {
        text = old.change(to: step)
      } else {
        continue
      }
      found.append(PlanDifference(.step, step.id.rawValue, text))
    }
    let common = Set(mine.keys).intersection(new)
    if found.isEmpty, steps.map(\.id).filter(common.contains) != fresh.steps.map(\.id).filter(common.contains)
    {
      found.append(PlanDifference(.step, "the steps would run in another order"))
    }
    return found
  }
}

extension PlannedStep {
  fileprivate func change(to fresh: PlannedStep) -> String {
    let now = fresh.commands
    for (old, new) in zip(commands, now) where old != new {
      return "step \(id) would run \"\(new)\" instead of \"\(old)\""
    }
    if needs != fresh.needs {
      let after = fresh.needs.map(\.rawValue).joined(separator: ", ")
      return "step \(id) would wait for \(after.isEmpty ? "nothing" : after)"
    }
    return "step \(id) would run \(now.count == commands.count ? "otherwise" : "on other nodes")"
  }

  private var commands: [String] {
    tasks.compactMap { if case .command(let command) = $0.work { command.display } else { nil } }
  }

  /// What was there for an act that shows no content, and is otherwise now.
  fileprivate func changeOfSights(to fresh: PlannedStep) -> String? {
    for (old, new) in zip(tasks, fresh.tasks) where old.place == new.place {
      switch (old.work, new.work) {
      case (.service(let old), .service(let new)) where old.previous != new.previous:
        return "the service \(new.name) of step \(id) is not in the state that it was in"
      case (.copy(let old), .copy(let new)) where old.content != new.content:
        return "\(new.source), which step \(id) copies, has changed"
      case (.copy(let old), .copy(let new)) where old.previous != new.previous:
        return "\(new.path) of step \(id) has changed on its node"
      case (.moveAside(let old), .moveAside(let new)) where old.previous != new.previous:
        return "\(new.path) of step \(id) has changed on its node"
      case (.wipe(let old), .wipe(let new)) where old != new:
        return "\(new.path) or \(new.service) of step \(id) has changed on its node"
      default: continue
      }
    }
    return nil
  }

  fileprivate var fileContents: [PreviousFile] {
    tasks.compactMap { if case .file(let file) = $0.work { file.previous } else { nil } }
  }
}

extension PlannedStep.Condition {
  fileprivate var text: String {
    switch self {
    case .always: "it runs"
    case .skipped(let because): "it is skipped (\(because))"
    case .when(let query): "it depends on \(query)"
    }
  }
}
