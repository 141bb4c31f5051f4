import Model
import Planning

/// A plan as a person reviews it in a terminal, readable at 80 columns. What belongs together stands together: each
/// command once, under its step or in the way back on which it is first needed.
package struct PlanText {
  private let page: PlanPage
  private let paint: Paint

  package init(_ page: PlanPage, paint: Paint) {
    self.page = page
    self.paint = paint
  }

  package var text: String {
    var lines = TerminalLines(paint)
    header(&lines)
    lines.blank()
    lines.prose([Span("Steps", .strong)])
    for step in page.steps { Self.write(step, of: page, &lines) }
    membership(&lines)
    wayBack(&lines)
    lists(&lines)
    closing(&lines)
    return lines.text
  }

  private func header(_ lines: inout TerminalLines) {
    let place = page.cluster.map { "  on cluster \($0)" } ?? ""
    lines.prose([Span("Plan: \(page.runbook)", .strong), Span(place)], hang: 2)
    lines.prose([Span(page.summary)], indent: 2)
    for input in page.inputs {
      lines.prose([Span("\(input.label) = \(input.text)")], indent: 2, hang: 4)
    }
    for fact in page.facts {
      lines.prose([Span("\(fact.label): ", .dim), Span(fact.text, fact.tone)], indent: 2, hang: 4)
    }
  }

  // MARK: The way there

  /// One step alone, as `belay diff` compares it.
  static func write(_ step: PlanPage.StepPart, of page: PlanPage, _ lines: inout TerminalLines) {
    let number = "\(step.number)"
    let tone: Paint.Tone = step.role == .act ? .warning : .quiet
    lines.prose(
      [
        Span("\(number). "), Span(step.role.rawValue, tone), Span(" "), Span(step.id.rawValue, .strong),
        Span(": \(step.title)"),
      ], indent: max(0, 3 - number.count), hang: 5)
    body(of: step, &lines)
  }

  static func body(of step: PlanPage.StepPart, _ lines: inout TerminalLines) {
    if let skipped = step.skipped { lines.exact([Span("skipped, ", .dim)], Span(skipped, .dim), indent: 5) }
    for detail in step.details {
      switch detail {
      case .fact(let fact) where fact.isCode:
        lines.exact([Span("\(fact.label): ", fact.tone ?? .dim)], Span(fact.text), indent: 5)
      case .fact(let fact):
        lines.prose([Span("\(fact.label): ", fact.tone ?? .dim), Span(fact.text)], indent: 5, hang: 7)
      case .deed(let deed): write(deed, &lines)
      case .undo(let deeds):
        for deed in deeds {
          write(deed.lines, at: deed.place, label: Span("undo: ", .dim), indent: 5, &lines)
        }
      }
    }
  }

  private static func write(_ deed: PlanPage.Deed, _ lines: inout TerminalLines) {
    switch deed.work {
    case .script(let script, let input):
      write(script, at: deed.place, label: nil, indent: 5, &lines)
      if !input.isEmpty { lines.prose([Span("reads:", .dim)], indent: 7) }
      for line in input { lines.exact([], Span(line), indent: 9) }
    case .act(let title, let seen):
      write([title], at: deed.place, label: nil, indent: 5, &lines)
      if let seen { lines.prose([Span("\(seen.label): ", .dim), Span(seen.text)], indent: 7, hang: 9) }
    case .file(let file):
      write([file.title], at: deed.place, label: nil, indent: 5, &lines)
      lines.prose([Span("now: ", .dim), Span(file.now)], indent: 7, hang: 9)
      for line in file.lines {
        switch line {
        case .kept(let text): lines.exact([], Span("  \(text)"), indent: 7, hang: 9)
        case .removed(let text): lines.exact([], Span("- \(text)", .error), indent: 7, hang: 9)
        case .added(let text): lines.exact([], Span("+ \(text)", .good), indent: 7, hang: 9)
        case .gap(let count): lines.prose([Span("  … \(count) lines stay as they are", .dim)], indent: 7)
        }
      }
    }
  }

  /// A short script follows its place on the same line.
  private static func write(
    _ script: [String], at place: String, label: Span?, indent: Int, _ lines: inout TerminalLines
  ) {
    let head = [label, Span("@\(place)", .quiet)].compactMap(\.self)
    if script.count == 1, place.count <= 24 {
      lines.exact(head + [Span(" ")], Span(script[0]), indent: indent)
    } else {
      lines.prose(head, indent: indent, hang: indent + 2)
      for line in script { lines.exact([], Span(line), indent: indent + 2) }
    }
  }

  private func membership(_ lines: inout TerminalLines) {
    guard page.membership.count > 1 else { return }
    lines.blank()
    lines.prose([Span("Membership after each act", .strong)])
    let names = page.membership.map { $0.step?.rawValue ?? "now" }
    let width = labelWidth(names)
    for (name, standing) in zip(names, page.membership) {
      lines.prose(
        [Span("\(name.padding(to: width))  ")] + spans(of: standing), indent: 2, hang: width + 4)
    }
  }

  private func spans(of standing: PlanReview.Standing) -> [Span] {
    [Span(standing.numbers, standing.tolerates < 0 ? .error : nil), Span(": \(standing.names)")]
  }

  private func labelWidth(_ names: [String]) -> Int { min(20, names.map(columns(of:)).max() ?? 0) }

  // MARK: The way back

  private func wayBack(_ lines: inout TerminalLines) {
    guard page.review.unwinds.contains(where: { !$0.undos.isEmpty || !$0.stays.isEmpty }) else { return }
    lines.blank()
    lines.prose([Span("If a step fails, what is undone, in this order", .strong)])
    let width = labelWidth(page.review.unwinds.flatMap { $0.undos.map(\.step.rawValue) })
    var shown: Set<StepID> = []
    for unwind in alike(page.review.unwinds) {
      let steps = unwind.failing.map(\.rawValue).joined(separator: ", ")
      lines.prose([Span("at \(steps)", .strong), Span(unwind.nothing ?? "")], indent: 2, hang: 4)
      var known: [String] = []
      for undo in unwind.undos {
        let isNew = shown.insert(undo.step).inserted
        if !isNew, undo.membership == nil {
          known.append(undo.step.rawValue)
          continue
        }
        write(known: &known, &lines)
        write(undo, isNew: isNew, width, &lines)
      }
      write(known: &known, &lines)
      if unwind.more > 0 { lines.prose([Span(unwind.moreText)], indent: 4) }
      if !unwind.stays.isEmpty {
        lines.prose([Span("stays: ", .error), Span(unwind.staysText)], indent: 4, hang: 6)
      }
    }
  }

  /// Those that undo the same are one here: how the failed step left the membership stands above.
  private func alike(_ unwinds: [PlanReview.Unwind]) -> [PlanReview.Unwind] {
    unwinds.reduce(into: []) { found, unwind in
      if let last = found.last, last.undos == unwind.undos, last.stays == unwind.stays,
        last.more == unwind.more
      {
        found[found.count - 1].failing += unwind.failing
      } else {
        found.append(unwind)
      }
    }
  }

  /// Undos that follow each other, stand above with their commands, and leave the membership as it is.
  private func write(known names: inout [String], _ lines: inout TerminalLines) {
    guard !names.isEmpty else { return }
    let text = names.joined(separator: ", then ")
    lines.prose([Span(text), Span(" as above", .dim)], indent: 4, hang: 6)
    names = []
  }

  private func write(_ undo: PlanReview.Undoing, isNew: Bool, _ width: Int, _ lines: inout TerminalLines) {
    let name = Span("\(undo.step.rawValue.padding(to: width))  ")
    let hang = width + 6
    guard isNew else {
      lines.prose([name] + (undo.membership.map(spans) ?? []), indent: 4, hang: hang)
      return
    }
    for (index, deed) in undo.deeds.enumerated() {
      let label = index == 0 ? name : Span(String(repeating: " ", count: width + 2))
      let place = Span("@\(deed.place) ", .quiet)
      if deed.place.count > 24 {
        lines.prose([label, place], indent: 4, hang: hang)
        for line in deed.lines { lines.exact([], Span(line), indent: hang) }
      } else {
        lines.exact([label, place], Span(deed.lines.first ?? ""), indent: 4, hang: hang)
        for line in deed.lines.dropFirst() { lines.exact([], Span(line), indent: hang, hang: hang) }
      }
    }
    if let after = undo.membership { lines.prose(spans(of: after), indent: hang) }
  }

  // MARK: What remains

  private func lists(_ lines: inout TerminalLines) {
    for list in page.lists where !list.rows.isEmpty {
      lines.blank()
      lines.prose([Span(list.title, .strong)])
      let width = labelWidth(list.rows.map(\.label))
      for row in list.rows {
        lines.prose(
          [Span("\(row.label.padding(to: width))  ", row.tone), Span(row.text)], indent: 2, hang: width + 4)
      }
    }
  }

  /// At the end, where the eye is when the question comes.
  private func closing(_ lines: inout TerminalLines) {
    lines.blank()
    for note in page.notes {
      lines.prose([Span("\(note.kind.rawValue): ", note.tone), Span(note.text)], hang: 2)
    }
    let end =
      page.isApplicable
      ? Span("Digest \(page.review.digest.prefix(16)).") : Span("This plan will not be applied.", .error)
    lines.prose([Span("\(page.counts). "), end])
  }
}
