import Model
package import Planning

/// Two plans beside each other: what `apply` would name, and for what changed its lines before and after.
package struct PlanComparison: Sendable {
  package struct Side: Sendable {
    package var file: String
    package var plan: Plan
    package var digest: String
    /// The files that it was made from, by path; those of which the text is known.
    package var texts: [String: String]

    package init(file: String, plan: Plan, digest: String, texts: [String: String] = [:]) {
      self.file = file
      self.plan = plan
      self.digest = digest
      self.texts = texts
    }
  }

  struct Entry: Sendable {
    /// The kind of thing, as a heading.
    var group: String
    var difference: PlanDifference
    var lines: [DiffLine]
  }

  let old: Side
  let new: Side
  private(set) var entries: [Entry] = []

  package init(_ old: Side, _ new: Side) {
    self.old = old
    self.new = new
    let before = Pages(old)
    let after = Pages(new)
    var named: Set<String> = []
    for difference in old.plan.changes(to: new.plan) {
      var lines: [DiffLine] = []
      let key = "\(difference.subject) \(difference.name)"
      // Of several sentences about one thing the first brings its lines.
      if named.insert(key).inserted {
        switch difference.subject {
        case .step: lines = before.step(difference.name).changes(to: after.step(difference.name))
        case .node: lines = before.node(difference.name).changes(to: after.node(difference.name))
        case .source: lines = Self.lines(of: difference.name, old, new)
        case .part:
          let parts = [old, new].map { fields(of: $0.plan.reviewed)[difference.name] ?? .null }
          lines = Array(fieldChanges(parts[0], parts[1], at: difference.name).prefix(50))
        case .runbook, .input, .danger, .approval, .cluster, .member: break
        }
      }
      entries.append(Entry(group: difference.subject.rawValue, difference: difference, lines: lines))
    }
    entries += verdicts
  }

  private static func lines(of path: String, _ old: Side, _ new: Side) -> [DiffLine] {
    guard let before = old.texts[path], let after = new.texts[path] else { return [] }
    return SourceEdit.edits(from: before, to: after).flatMap { edit -> [DiffLine] in
      edit.removed.enumerated().map { .removed("\(edit.oldLine + $0.offset): \($0.element)") }
        + edit.added.enumerated().map { .added("\(edit.newLine + $0.offset): \($0.element)") }
    }
  }

  /// The same review of the same plan. Whether it may be applied is not in its digest, but is read by who reviews.
  package var areEqual: Bool { entries.isEmpty && old.digest == new.digest }

  /// What the plans say about themselves: refusals and warnings.
  private var verdicts: [Entry] {
    let sides = [old.plan, new.plan].map { plan in
      plan.refusals.map { "refused\($0.step.map { " at \($0)" } ?? ""): \($0.reason)" }
        + plan.warnings.map { "warning: \($0)" }
    }
    func entries(_ lines: [String], _ change: PlanDifference.Change) -> [Entry] {
      lines.map { line in
        Entry(group: "verdict", difference: PlanDifference(.runbook, "", change, line), lines: [])
      }
    }
    return entries(sides[0].filter { !sides[1].contains($0) }, .removed)
      + entries(sides[1].filter { !sides[0].contains($0) }, .added)
  }
}

/// The steps and nodes of a plan as lines to compare: as they are shown, without what is shown only as of then.
private struct Pages {
  struct Lines {
    var shown: [String] = []
    /// All that there is, for a change that is not shown.
    var fields: Value = .null

    func changes(to new: Lines) -> [DiffLine] {
      let lines = lineDiff(from: shown, to: new.shown).filter { if case .kept = $0 { false } else { true } }
      return lines.isEmpty ? fieldChanges(fields, new.fields, at: "") : lines
    }
  }

  private let steps: [String: Lines]
  private let nodes: [String: Lines]

  init(_ side: PlanComparison.Side) {
    var plan = side.plan
    plan.steps = plan.steps.map(\.withoutPreviews)
    let page = PlanPage(plan, PlanReview(plan, digest: side.digest))
    var steps: [String: Lines] = [:]
    for (part, step) in zip(page.steps, plan.steps) {
      steps[step.id.rawValue] = Lines(shown: part.lines, fields: fields(of: step))
    }
    self.steps = steps
    nodes = Dictionary(plan.nodes.map { ($0.name.rawValue, Lines(fields: fields(of: $0))) }) { a, _ in a
    }
  }

  func step(_ name: String) -> Lines { steps[name] ?? Lines() }
  func node(_ name: String) -> Lines { nodes[name] ?? Lines() }
}

private func fields(of value: some Encodable) -> Value {
  (try? JSONReader.parse(try canonicalJSON(value))) ?? .null
}

/// Every value below two that differ, by its path.
private func fieldChanges(_ old: Value, _ new: Value, at path: String) -> [DiffLine] {
  if old == new { return [] }
  if let before = old.objectValue, let after = new.objectValue {
    return Set(before.keys).union(after.keys).sorted().flatMap { key in
      fieldChanges(before[key] ?? .null, after[key] ?? .null, at: path.isEmpty ? key : "\(path).\(key)")
    }
  }
  // Of a thing that is only in one plan the sentence says all.
  guard !path.isEmpty else { return [] }
  return [old == .null ? nil : .removed("\(path): \(old.json())")].compactMap(\.self)
    + [new == .null ? nil : .added("\(path): \(new.json())")].compactMap(\.self)
}

extension PlanPage.StepPart {
  /// All that is shown of a step, one thing a line.
  fileprivate var lines: [String] {
    var lines = ["\(role.rawValue): \(title)"]
    if let skipped { lines.append("skipped, \(skipped)") }
    for detail in details {
      switch detail {
      case .fact(let fact): lines.append("\(fact.label): \(fact.text)")
      case .undo(let deeds): lines += deeds.flatMap { deed in deed.lines.map { "undo @\(deed.place) \($0)" } }
      case .deed(let deed):
        switch deed.work {
        case .script(let script, let input):
          lines += script.map { "@\(deed.place) \($0)" } + input.map { "reads \($0)" }
        case .act(let act, let seen):
          lines += ["@\(deed.place) \(act)"] + (seen.map { ["\($0.label): \($0.text)"] } ?? [])
        case .file(let file):
          lines += ["@\(deed.place) \(file.title)", "now: \(file.now)"] + file.lines.compactMap(\.content)
        }
      }
    }
    return lines
  }
}

extension PlanPage.FileChange.Line {
  /// A line of the file as it will be.
  fileprivate var content: String? {
    switch self {
    case .kept(let text), .added(let text): "content: \(text)"
    case .removed, .gap: nil
    }
  }
}
