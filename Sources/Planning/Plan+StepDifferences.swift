import Model

extension Plan {
  /// One sentence for each step that would be another, with its place in the runbook.
  func stepChanges(to fresh: Plan) -> [PlanDifference] {
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
        text = "a file of step \(step.id) has changed on its node: \(step.filePlaces(unlike: old))"
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
    for (old, new) in zip(commands, fresh.commands) where old != new {
      return "step \(id) would run \"\(new)\" instead of \"\(old)\" (\(fresh.source))"
    }
    let (nodes, now) = (placeNames, fresh.placeNames)
    if nodes != now {
      return "step \(id) would run on other nodes: \(now.joined(separator: ", ")) instead of "
        + "\(nodes.joined(separator: ", ")) (\(fresh.source))"
    }
    if needs != fresh.needs {
      let after = fresh.needs.map(\.rawValue).joined(separator: ", ")
      return "step \(id) would wait for \(after.isEmpty ? "nothing" : after) (\(fresh.source))"
    }
    let changes = (fields.map { $0.changes(to: fresh.fields ?? [:]) } ?? []).joined(separator: "; ")
    return "step \(id) would run otherwise: \(changes) (\(fresh.source))"
  }

  private var commands: [String] {
    tasks.compactMap { if case .command(let command) = $0.work { command.display } else { nil } }
  }

  private var placeNames: [String] {
    withoutPreviews.tasks.map { task in
      switch task.place {
      case .node(let name): name.rawValue
      case .leader: "the leader"
      case .anyOf(let names): "any of \(names.map(\.rawValue).joined(separator: ", "))"
      case .belay: "belay"
      }
    }
  }

  /// By the names that they have in the plan.
  private var fields: Value.Object? {
    try? JSONReader.parse(canonicalJSON(withoutPreviews)).objectValue
  }

  fileprivate func filePlaces(unlike old: PlannedStep) -> String {
    let before = old.files
    return files.enumerated().filter {
      !before.indices.contains($0.offset) || before[$0.offset] != $0.element
    }
    .map { "\($0.element.path) on \($0.element.node)" }.joined(separator: ", ")
  }

  private struct SeenFile: Equatable {
    var node: String
    var path: String
    var previous: PreviousFile
  }

  private var files: [SeenFile] {
    tasks.compactMap { task in
      guard case .file(let file) = task.work, case .node(let node) = task.place else { return nil }
      return SeenFile(node: node.rawValue, path: file.path, previous: file.previous)
    }
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
