import Model
import Platform
import Report
import TestSupport

@testable import Planning

extension Plan {
  /// The plan with text in it, wherever text from nodes and files can be, that would be markup, a command to a
  /// terminal, a mention, or wider than any page.
  func hostile() -> Plan {
    let text =
      "</pre></code></details></summary>--><script>alert(1)</script>\u{1B}[31m|a|`b` ```c ~~~ *d* _e_ "
      + "[f](http://g.example) ![h](http://i.example) @octocat #1 x@mail.example www.j.example http://k.example "
      + "<img src=x onerror=alert(2)> &lt; \u{202E}x 漢字 \" ' \\ \\| | --- :smile: # - + 1. "
      + String(repeating: "w", count: 300)
    var plan = self
    plan.summary = text
    plan.danger = text
    plan.warnings.append(text)
    plan.refusals.append(Plan.Refusal(step: nil, reason: text, verdict: nil))
    plan.refusals.append(Plan.Refusal(step: plan.steps.last?.id, reason: text, verdict: nil))
    plan.inputs["text"] = .value(.string(text))
    plan.inputs[text] = .secret
    for index in plan.timeline.indices { plan.timeline[index].voters.append(text) }
    for index in plan.steps.indices {
      plan.steps[index].title = text
      plan.steps[index].expect = text
      if case .skipped = plan.steps[index].condition { plan.steps[index].condition = .skipped(because: text) }
      for task in plan.steps[index].tasks.indices {
        switch plan.steps[index].tasks[task].work {
        case .command(var command):
          command.display += " # \(text)\n```\n~~~\n|\n\n\(text)\r\n" + (index > 4 ? "" : "\n# x\n")
          command.stdin = [.text("\(text)\n\n```\n"), .secret("s")]
          plan.steps[index].tasks[task].work = .command(command)
        case .file(var file):
          file.path = "/etc/\(text)"
          file.previous = .present(content: "```\n\n\(text)\n", mode: text, owner: text)
          plan.steps[index].tasks[task].work = .file(file)
        case .service, .copy, .moveAside, .wipe, .query: break
        }
      }
      if case .none = plan.steps[index].undo { plan.steps[index].undo = .none(because: text) }
    }
    if let first = plan.steps.first {
      var step = first
      step.id = StepID("\(text)")
      step.needs = [first.id]
      step.tasks = [
        PlannedTask(
          place: .anyOf([NodeName(text)]),
          work: .service(PlannedService(name: text, state: .stopped, enabled: nil)))
      ]
      step.condition = .when(text)
      plan.steps.insert(step, at: 1)
    }
    return plan
  }
}

/// What GitHub's own Markdown renderer makes of a text, with its extensions and without its filter.
func rendered(_ markdown: String) async throws -> String {
  let extensions = ["table", "strikethrough", "autolink", "tasklist"].flatMap { ["-e", $0] }
  let result = try await Subprocess(
    "cmark-gfm", ["--unsafe"] + extensions, stdin: Array(markdown.utf8), outputLimit: 64 << 20
  ).run()
  guard result.isSuccess else { throw FixtureError("cmark-gfm: \(result.stderr.text)") }
  return result.stdout.text
}

/// The tags of a page, each once. Of those that draw, and that lead to a step, only the name.
func tags(in html: String) -> Set<String> {
  Set(
    html.matches(of: /<[^>]*>/).map { match in
      let tag = String(match.output)
      let name = tag.prefix { $0 != " " && $0 != ">" }
      let isDrawn = ["<path", "<rect", "<text", "<svg", "<g", "<section"].contains(String(name))
      return isDrawn || tag.hasPrefix("<a href=\"#s") ? String(name) : tag
    })
}

/// What a reader of a page sees, without its style.
func plainText(ofHTML html: String) -> String {
  html.replacing(/(?s)<style>.*?<\/style>/, with: "").replacing(/<[^>]*>/, with: "")
    .replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
    .replacing("&#39;", with: "'").replacing("&amp;", with: "&")
}

/// Without what breaking into lines changes.
func squeezed(_ text: String) -> String { text.filter { !$0.isWhitespace && $0 != "↳" } }

/// Every text in a value, however deep.
func texts(in value: Any) -> [String] {
  if let text = value as? String { return text.isEmpty ? [] : [text] }
  return Mirror(reflecting: value).children.flatMap { texts(in: $0.value) }
}
