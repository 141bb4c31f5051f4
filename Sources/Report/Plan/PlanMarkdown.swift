import Model

/// A plan for the description of a pull request: acts open, checks folded, and nothing that a node or a file says can
/// become markup there.
package struct PlanMarkdown {
  private let page: PlanPage

  package init(_ page: PlanPage) { self.page = page }

  package var text: String {
    ([header] + [notes, steps, membership, wayBack] + lists + [closing]).filter { !$0.isEmpty }
      .joined(separator: "\n")
  }

  private var header: String {
    let place = page.cluster.map { " on cluster \(Markdown.code($0))" } ?? ""
    let rows = (page.inputs + page.facts).map { [Markdown.htmlWords($0.label), Markdown.htmlWords($0.text)] }
    return "## Plan: \(Markdown.code(page.runbook))\(place)\n\n\(Markdown.words(page.summary))\n"
      + (rows.isEmpty ? "" : "\n" + Markdown.table([], rows))
  }

  private var notes: String {
    page.notes.map { "- **\($0.kind.rawValue):** \(Markdown.words($0.text))\n" }.joined()
  }

  // MARK: The way there

  private var steps: String {
    "### Steps\n\n"
      + page.steps.map { step in
        let skipped = step.skipped == nil ? "" : " <em>(skipped)</em>"
        let summary =
          "\(step.number). <b>\(step.role.rawValue)</b> \(Markdown.htmlCode(step.id.rawValue)): "
          + Markdown.htmlWords(step.title) + skipped
        let why = step.skipped.map { "- **skipped:** \(Markdown.code($0))\n" } ?? ""
        return Markdown.details(
          summary, isOpen: step.role == .act && step.skipped == nil || step.isRefused,
          why + step.details.map(text).joined())
      }.joined()
  }

  private func text(_ detail: PlanPage.Detail) -> String {
    switch detail {
    case .fact(let fact):
      "- **\(Markdown.words(fact.label)):** "
        + (fact.isCode ? Markdown.code(fact.text) : Markdown.words(fact.text)) + "\n"
    case .deed(let deed): text(deed)
    case .undo(let deeds): deeds.map { text($0, label: "undo, ") }.joined()
    }
  }

  private func text(_ deed: PlanPage.Deed) -> String {
    let place = "- on \(Markdown.code(deed.place)):"
    switch deed.work {
    case .script(let lines, let input):
      let reads = input.isEmpty ? "" : "- which reads:\n\n\(Markdown.block(input, ""))\n"
      return "\(place)\n\n\(Markdown.block(lines, "sh"))\n\(reads)"
    case .act(let title, let seen):
      return "\(place) \(Markdown.words(title))\n" + (seen.map { self.text(.fact($0)) } ?? "")
    case .file(let file):
      let lines = file.lines.map { line in
        switch line {
        case .kept(let text): "  \(text)"
        case .removed(let text): "- \(text)"
        case .added(let text): "+ \(text)"
        case .gap(let count): "@@ \(count) lines stay as they are @@"
        }
      }
      return "\(place) \(Markdown.words(file.title))\n- **now:** \(Markdown.words(file.now))\n\n"
        + Markdown.block(lines, "diff") + "\n"
    }
  }

  private func text(_ deed: PlanReview.Deed, label: String) -> String {
    let start = "- \(label)on \(Markdown.code(deed.place)):"
    guard deed.isScript else { return "\(start) \(Markdown.words(deed.lines.joined(separator: " ")))\n" }
    return "\(start)\n\n\(Markdown.block(deed.lines, "sh"))\n"
  }

  private var membership: String {
    guard page.membership.count > 1 else { return "" }
    let rows = page.membership.map { [Markdown.htmlWords($0.step?.rawValue ?? "now")] + cells(of: $0) }
    return "### Membership after each act\n\n" + Markdown.table(["after", "members", "worth"], rows)
  }

  private func cells(of standing: PlanReview.Standing) -> [String] {
    let numbers = Markdown.htmlWords(standing.numbers)
    return [
      Markdown.htmlCode(standing.names), standing.tolerates < 0 ? HTML.element("b", "", numbers) : numbers,
    ]
  }

  // MARK: The way back

  private var wayBack: String {
    let parts = page.review.unwinds.map { unwind in
      let failing = unwind.failing.map { Markdown.htmlCode($0.rawValue) }.joined(separator: ", ")
      var body = ""
      for (index, undo) in unwind.undos.enumerated() {
        body += "\(index + 1)) \(Markdown.code(undo.step.rawValue))"
        body +=
          undo.membership.map { ": then \(Markdown.words($0.numbers)): \(Markdown.code($0.names))" } ?? ""
        body += "\n\n" + undo.deeds.map { text($0, label: "") }.joined()
      }
      if unwind.more > 0 { body += "- \(unwind.moreText)\n" }
      if !unwind.stays.isEmpty { body += "- **stays:** \(Markdown.words(unwind.staysText))\n" }
      return Markdown.details(
        "at \(failing)\(Markdown.htmlWords(unwind.opening).withSpace)", isOpen: false, body)
    }
    return parts.isEmpty
      ? "" : "### If a step fails, what is undone, in this order\n\n" + parts.joined()
  }

  private var lists: [String] {
    page.lists.filter { !$0.rows.isEmpty }.map { list in
      "### \(list.title)\n\n"
        + Markdown.table([], list.rows.map { [Markdown.htmlCode($0.label), Markdown.htmlWords($0.text)] })
    }
  }

  private var closing: String {
    let end =
      page.isApplicable
      ? "Digest \(Markdown.code(page.review.digest))." : "**This plan will not be applied.**"
    return "\(page.counts). \(end)\n"
  }
}

extension String {
  fileprivate var withSpace: String { isEmpty ? "" : " \(self)" }
}
