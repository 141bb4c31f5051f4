import Model
import Planning

extension PlanComparison {
  package func text(paint: Paint) -> String {
    var lines = TerminalLines(paint)
    guard !areEqual else {
      lines.prose([Span("The plans are the same. ", .good), Span("Digest \(old.digest.prefix(16)).")])
      return lines.text
    }
    lines.prose([Span("The plans differ", .strong)])
    for (label, tone, side) in [("- ", Paint.Tone.error, old), ("+ ", .good, new)] {
      let cluster = side.plan.cluster.map { " on \($0)" } ?? ""
      lines.prose(
        [
          Span(label, tone),
          Span("\(side.file): \(side.plan.runbook)\(cluster), digest \(side.digest.prefix(16))"),
        ], indent: 2, hang: 4)
    }
    var group = ""
    for entry in entries {
      if entry.group != group {
        group = entry.group
        lines.blank()
        lines.prose([Span(entry.heading, .strong)])
      }
      lines.prose([Span(entry.mark), Span(entry.difference.text)], indent: 2, hang: 4)
      for line in entry.lines {
        switch line {
        case .kept: break
        case .removed(let text): lines.exact([], Span("- \(text)", .error), indent: 6)
        case .added(let text): lines.exact([], Span("+ \(text)", .good), indent: 6)
        }
      }
    }
    return lines.text
  }

  package var json: String {
    let value: Value = [
      "format": 1, "equal": .bool(areEqual), "old": old.json, "new": new.json,
      "differences": .array(entries.map(\.json)),
    ]
    return value.json()
  }
}

extension PlanComparison.Side {
  fileprivate var json: Value {
    [
      "file": .string(file), "runbook": .string(plan.runbook.rawValue),
      "cluster": plan.cluster.map { .string($0.rawValue) } ?? .null, "digest": .string(digest),
      "applicable": .bool(plan.isApplicable),
    ]
  }
}

extension PlanComparison.Entry {
  fileprivate var heading: String {
    switch group {
    case "source": "Files"
    case "input": "Inputs"
    case "node": "Nodes and host keys"
    case "danger": "What will be lost"
    case "approval": "Who has to agree"
    case "part": "Other parts of the plan"
    case "cluster", "member": "Membership"
    case "step": "Steps"
    case "verdict": "Refusals and warnings"
    default: "Runbook"
    }
  }

  fileprivate var mark: String {
    switch difference.change {
    case .added: "+ "
    case .removed: "- "
    case .changed: "~ "
    }
  }

  fileprivate var json: Value {
    let lines = lines.compactMap { line -> Value? in
      switch line {
      case .kept: nil
      case .removed(let text): ["change": "removed", "text": .string(text)]
      case .added(let text): ["change": "added", "text": .string(text)]
      }
    }
    return [
      "about": .string(group), "name": .string(difference.name),
      "change": .string(difference.change.rawValue), "text": .string(difference.text), "lines": .array(lines),
    ]
  }
}
