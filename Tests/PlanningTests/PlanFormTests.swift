import Model
import Planning
import Report
import TestSupport
import Testing

/// Every form of a plan, for each shipped runbook and for one that is refused.
@Suite struct PlanFormTests {
  static let scenarios: [(String, EtcdScenario)] = [
    ("add-node", .addNode), ("remove-follower", .removeNode), ("replace-living", .replaceNode),
    ("refused-with-one-down", EtcdScenario.removeNode.changed { $0.unreachable = ["n2"] }),
  ]

  /// Made up, as three earlier runs might have left them.
  static let past: [[StepID: Double]] = [
    ["reach": 0.2, "join": 2, "start": 3.5, "caught_up": 70, "healthy": 12],
    ["reach": 0.4, "join": 1, "start": 4.5, "caught_up": 10, "healthy": 12],
    ["reach": 0.3, "join": 9],
  ].map { run in Dictionary(uniqueKeysWithValues: run.map { (StepID($0.key), $0.value) }) }

  @Test("a plan in a form for other eyes", arguments: scenarios)
  func golden(_ name: String, _ scenario: EtcdScenario) throws {
    let forms = PlanForms(try scenario.plan(), past: name == "add-node" ? Self.past : [])
    try expectGolden(forms.markdown, name, form: "md")
    try expectGolden(forms.html, name, form: "html")
    try expectGolden(forms.json() + "\n", name, form: "json")
  }

  @Test("no line is wider than a narrow terminal", arguments: scenarios.map(\.1) + [.addNode])
  func width(_ scenario: EtcdScenario) throws {
    let plan = try scenario.plan()
    for plan in [plan, plan.hostile()] {
      for line in PlanForms(plan).text.split(separator: "\n") {
        #expect(line.count <= 80, "\(line)")
        #expect(line.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
      }
    }
  }

  /// A command that was broken into lines is put together again by taking the marks out.
  @Test func commandsAreBrokenWithoutLoss() throws {
    for (_, scenario) in Self.scenarios {
      let plan = try scenario.plan().hostile()
      let text = try PlanForms(plan).text.replacing(Regex("\n *↳"), with: "")
      for step in plan.steps where !step.isSkipped {
        for command in plan.commands(of: step.id.rawValue) {
          for line in command.split(separator: "\n") {
            #expect(text.contains(visible(String(line))), "\(line)")
          }
        }
      }
    }
  }

  @Test("every text of the page is in each form", arguments: scenarios.prefix(2))
  func nothingIsLeftOut(_ name: String, _ scenario: EtcdScenario) async throws {
    let plan = try scenario.plan()
    for (plan, past) in [(plan, Self.past), (plan.hostile(), [])] {
      let forms = PlanForms(plan, past: past)
      let text = squeezed(forms.text)
      let html = squeezed(plainText(ofHTML: forms.html))
      let markdown = squeezed(plainText(ofHTML: try await rendered(forms.markdown)))
      let texts = texts(in: forms.page)
      #expect(texts.count > 50)
      for part in texts where part != forms.review.digest {
        let expected = squeezed(visible(part))
        #expect(text.contains(expected), "terminal: \(part)")
        #expect(html.contains(expected), "HTML: \(part)")
        #expect(markdown.contains(expected), "Markdown: \(part)")
      }
    }
  }

  @Test("nothing that a node or a file says becomes markup", arguments: scenarios.prefix(2).map(\.1))
  func markup(_ scenario: EtcdScenario) async throws {
    let plan = try scenario.plan()
    let forms = PlanForms(plan)
    let hostile = PlanForms(plan.hostile())
    #expect(hostile.html.contains("&lt;script&gt;"))
    for (mine, theirs) in [
      (forms.html, hostile.html),
      (try await rendered(forms.markdown), try await rendered(hostile.markdown)),
    ] {
      let known = tags(in: mine)
      // More of a kind there may be, but no other kind, and none with an attribute of its own.
      let new = tags(in: theirs).subtracting(known)
      #expect(new.subtracting(Self.harmless).isEmpty, "\(new.subtracting(Self.harmless))")
    }
    // GitHub turns such words into links and mails people, except in code.
    let outsideCode = try await rendered(hostile.markdown)
      .replacing(Regex("(?s)<(code|pre)[^>]*>.*?</\\1>"), with: "")
    let prose = plainText(ofHTML: outsideCode)
    for sign in ["@", "#", "://", "*", "`", "<", "|", "www."] {
      #expect(!prose.contains(sign), "\(sign) in \(prose)")
    }
  }

  private static let harmless: Set<String> = [
    "<b>", "</b>", "<strong>", "</strong>", "<em>", "</em>", "<code>", "</code>", "<ol start=\"2\">",
    "<code class=\"language-sh\">", "<code class=\"language-diff\">", "<ul>", "</ul>", "<li>", "</li>",
    "<br>",
    "<span class=\"bad\">", "<span class=\"warn\">", "<p class=\"verdict stop\">",
    "<p class=\"note refused\">",
    "<p class=\"note danger\">", "<p class=\"note warning\">", "<p class=\"soft\">",
    "<span class=\"line gap\">", "<span class=\"line removed\">", "<span class=\"line kept\">",
    "<span class=\"line added\">", "<b class=\"sign\">",
  ]

  @Test func whatProgramsReadFitsItsSchema() async throws {
    var documents: [Value] = []
    for (_, scenario) in Self.scenarios {
      let plan = try scenario.plan()
      documents.append(try JSONReader.parse(PlanForms(plan, past: Self.past).json()))
      documents.append(try JSONReader.parse(PlanForms(plan.hostile()).json()))
      documents.append([
        "belay_plan": 1, "digest": .string(String(repeating: "a", count: 64)),
        "plan": try JSONReader.parse(try plan.encoded()),
      ])
    }
    let findings = try await JSONSchemaChecker(try PlanReview.planSchema()).findings(in: documents)
    for findings in findings { #expect(findings.isEmpty, "\(findings.suffix(3))") }
    let whole = documents[0].objectValue ?? [:]
    var broken = whole
    broken["review"] = ["digest": 1]
    #expect(
      try await JSONSchemaChecker(try PlanReview.planSchema()).findings(in: [.object(broken)]) != [[]])
    // A plan that was printed can be read back.
    let printed = try PlanForms(EtcdScenario.addNode.plan())
    #expect(try Plan.decode(Array(printed.json().utf8)) == printed.plan)
  }
}
