import Model

/// A plan as one file for a browser: it asks for nothing, runs nothing, and looks the same everywhere.
package struct PlanHTML {
  private let page: PlanPage

  package init(_ page: PlanPage) { self.page = page }

  package var text: String {
    let title = "Plan: \(page.runbook)" + (page.cluster.map { " on \($0)" } ?? "")
    let graph = StepGraphSVG(page)
    let map = graph.map { "<nav class=\"map\">\n\($0.text)</nav>\n" } ?? ""
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(HTMLStyle.policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="referrer" content="no-referrer">
      <title>\(HTML.text(title))</title>
      <style>\(HTMLStyle.text)</style>
      </head>
      <body>
      \(header)<h2>Steps</h2>
      <div class="\(graph?.isNarrow == true ? "beside" : "below")">
      \(map)<main>
      \(page.steps.map(text).joined())</main>
      </div>
      \(membership)\(wayBack)\(lists)</body>
      </html>

      """
  }

  private var header: String {
    let cluster = page.cluster.map { " <span class=\"soft\">on cluster</span> \(HTML.text($0))" } ?? ""
    let verdict =
      page.isApplicable ? "It may be applied." : "<strong>This plan will not be applied.</strong>"
    return
      "<header>\n<h1>Plan: \(HTML.text(page.runbook))\(cluster)</h1>\n<p>\(HTML.text(page.summary))</p>\n"
      + facts(page.inputs + page.facts)
      + "<p class=\"verdict\(page.isApplicable ? "" : " stop")\">\(HTML.text(page.counts)). \(verdict)<br>"
      + "<span class=\"soft\">Digest <code>\(HTML.text(page.review.digest))</code></span></p>\n"
      + page.notes.map { note in
        "<p class=\"note \(note.kind.rawValue)\"><strong>\(note.kind.rawValue):</strong> "
          + "\(HTML.text(note.text))</p>\n"
      }.joined() + "</header>\n"
  }

  private func facts(_ facts: [PlanPage.Fact]) -> String {
    guard !facts.isEmpty else { return "" }
    return "<dl class=\"facts\">\n"
      + facts.map { fact in
        let text =
          fact.isCode ? HTML.element("code", "", HTML.text(fact.text)) : HTML.tone(fact.tone, fact.text)
        return "<dt>\(HTML.text(fact.label))</dt><dd>\(text)</dd>\n"
      }.joined() + "</dl>\n"
  }

  // MARK: The way there

  private func text(_ step: PlanPage.StepPart) -> String {
    var text = "<section class=\"step \(step.styles)\" id=\"s\(step.number)\">\n<h3>\(step.number). "
    text += "<span class=\"role\">\(step.role.rawValue)</span> <code>\(HTML.text(step.id.rawValue))</code> "
    text += "\(HTML.text(step.title))</h3>\n"
    if let skipped = step.skipped { text += "<p>skipped, <code>\(HTML.text(skipped))</code></p>\n" }
    // Facts that follow each other are one list.
    var open: [PlanPage.Fact] = []
    for detail in step.details {
      if case .fact(let fact) = detail {
        open.append(fact)
        continue
      }
      text += facts(open)
      open = []
      switch detail {
      case .fact: break
      case .deed(let deed): text += self.text(deed)
      case .undo(let deeds): text += deeds.map { self.text($0, label: "undo ") }.joined()
      }
    }
    return text + facts(open) + "</section>\n"
  }

  private func text(_ deed: PlanPage.Deed) -> String {
    switch deed.work {
    case .script(let lines, let input):
      return script(lines, at: deed.place)
        + (input.isEmpty ? "" : "<p class=\"soft\">which reads</p>\n\(block(input))")
    case .act(let title, let seen):
      return sentence(title, at: deed.place) + facts([seen].compactMap(\.self))
    case .file(let file):
      return sentence(file.title, at: deed.place) + facts([PlanPage.Fact(label: "now", text: file.now)])
        + "<pre class=\"diff\">" + file.lines.map(line).joined() + "</pre>\n"
    }
  }

  private func line(_ line: PlanPage.FileChange.Line) -> String {
    func marked(_ sign: String, _ style: String, _ text: String) -> String {
      "<span class=\"line \(style)\"><b class=\"sign\">\(sign) </b>\(HTML.text(text))</span>"
    }
    return switch line {
    case .kept(let text): marked(" ", "kept", text)
    case .removed(let text): marked("-", "removed", text)
    case .added(let text): marked("+", "added", text)
    case .gap(let count): marked("…", "gap", "\(count) lines stay as they are")
    }
  }

  private func text(_ deed: PlanReview.Deed, label: String = "") -> String {
    deed.isScript
      ? script(deed.lines, at: deed.place, label: label)
      : sentence(deed.lines.joined(separator: " "), at: deed.place, label: label)
  }

  private func script(_ lines: [String], at place: String, label: String = "") -> String {
    "<p class=\"at\"><span class=\"soft\">\(label)on</span> \(HTML.text(place))</p>\n\(block(lines))"
  }

  private func sentence(_ text: String, at place: String, label: String = "") -> String {
    "<p><span class=\"soft\">\(label)on</span> <span class=\"quiet\">\(HTML.text(place))</span>: "
      + "\(HTML.text(text))</p>\n"
  }

  private func block(_ lines: [String]) -> String {
    "<pre>" + lines.map { "<span class=\"line\">\(HTML.text($0))</span>" }.joined() + "</pre>\n"
  }

  private var membership: String {
    guard page.membership.count > 1 else { return "" }
    let rows = page.membership.map { standing in
      "<tr><td><code>\(HTML.text(standing.step?.rawValue ?? "now"))</code></td><td>\(HTML.text(standing.names))</td>"
        + "<td>\(HTML.tone(standing.tolerates < 0 ? .error : nil, standing.numbers))</td></tr>\n"
    }
    return "<section>\n<h2>Membership after each act</h2>\n<table>\n"
      + "<tr><th>after</th><th>members</th><th>worth</th></tr>\n\(rows.joined())</table>\n</section>\n"
  }

  // MARK: The way back

  private var wayBack: String {
    let last = page.review.unwinds.count - 1
    let parts = page.review.unwinds.enumerated().map { index, unwind in
      let failing = unwind.failing.map { HTML.element("code", "", HTML.text($0.rawValue)) }
      let undos = unwind.undos.map { undo in
        let after = undo.membership.map { "<p>then \(HTML.text($0.numbers)): \(HTML.text($0.names))</p>\n" }
        return "<li><code>\(HTML.text(undo.step.rawValue))</code>\n"
          + undo.deeds.map { text($0) }.joined() + (after ?? "") + "</li>\n"
      }
      let summary =
        "at \(failing.joined(separator: ", "))<span class=\"soft\">\(HTML.text(unwind.opening))</span>"
      let more = unwind.more > 0 ? "<p>\(HTML.text(unwind.moreText))</p>\n" : ""
      let stays =
        unwind.stays.isEmpty
        ? "" : "<p><span class=\"bad\">stays:</span> \(HTML.text(unwind.staysText))</p>\n"
      guard !undos.isEmpty || !stays.isEmpty else {
        return "<details><summary>\(summary)</summary></details>\n"
      }
      return "<details\(index == last ? " open" : "")><summary>\(summary)</summary>\n<div>\n"
        + (undos.isEmpty ? "" : "<ol>\n\(undos.joined())</ol>\n") + more + stays + "</div>\n</details>\n"
    }
    guard !parts.isEmpty else { return "" }
    return "<section>\n<h2>If a step fails, what is undone, in this order</h2>\n\(parts.joined())</section>\n"
  }

  private var lists: String {
    page.lists.filter { !$0.rows.isEmpty }.map { list in
      let rows = list.rows.map { row in
        "<tr><td><code>\(HTML.tone(row.tone, row.label))</code></td><td>\(HTML.text(row.text))</td></tr>\n"
      }
      return "<section>\n<h2>\(HTML.text(list.title))</h2>\n<table>\n\(rows.joined())</table>\n</section>\n"
    }.joined()
  }
}
