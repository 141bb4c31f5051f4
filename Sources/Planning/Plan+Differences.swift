import Model

extension Plan {
  /// What has changed since this plan was reviewed, one sentence each; `fresh` was made just now.
  package func differences(from fresh: Plan) -> [String] {
    var found: [String] = []
    for path in Set(sources.keys).union(fresh.sources.keys).sorted()
    where sources[path] != fresh.sources[path] {
      found.append(
        fresh.sources[path] == nil
          ? "\(path) is no longer read" : "\(path) \(sources[path] == nil ? "is read now" : "was edited")")
    }
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
    let mine = Dictionary(steps.map { ($0.id, $0) }) { first, _ in first }
    for step in fresh.steps where mine[step.id]?.condition != step.condition {
      found.append("step \(step.id) (\(step.source)) would be decided otherwise: \(step.condition.text)")
    }
    for step in fresh.steps {
      guard let mine = mine[step.id], mine.condition == step.condition else { continue }
      if mine.fileContents != step.fileContents {
        found.append("a file of step \(step.id) has changed on its node")
      } else if let change = mine.changeOfSights(to: step) {
        found.append(change)
      } else if mine.withoutPreviews != step.withoutPreviews {
        found.append(mine.change(to: step))
      }
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
      if now.hostKeys != node.hostKeys { found.append("the recorded host key of \(node.name) has changed") }
      if now.address != node.address {
        found.append("the address of \(node.name) was \(node.address) and is \(now.address)")
      }
      if now.state != node.state || now.ssh != node.ssh || now.variables != node.variables {
        found.append("the settings of \(node.name) in the inventory have changed")
      }
    }
    for node in fresh.nodes where !known.contains(node.name) {
      found.append("node \(node.name) is new in the inventory")
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
