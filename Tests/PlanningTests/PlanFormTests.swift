import Model
import Planning
import Report
import TestSupport
import Testing

/// Every form of a plan, for each shipped runbook and for one that is refused.
@Suite struct PlanFormTests {
  static let names = [
    "add-node", "remove-follower", "replace-living", "rolling-restart", "refused-with-one-down",
  ]

  static func plan(_ name: String) throws -> Plan {
    switch name {
    case "remove-follower": try EtcdScenario.removeNode.plan()
    case "rolling-restart": try EtcdScenario("etcd/rolling-restart", [:]).plan()
    case "replace-living": try EtcdScenario.replaceNode.plan()
    case "refused-with-one-down": try EtcdScenario.removeNode.changed { $0.unreachable = ["n2"] }.plan()
    default: try EtcdScenario.addNode.plan()
    }
  }

  /// Made up, as three earlier runs might have left them.
  static let past: [[StepID: Double]] = [
    ["reach": 0.2, "join": 2, "start": 3.5, "caught_up": 70, "healthy": 12],
    ["reach": 0.4, "join": 1, "start": 4.5, "caught_up": 10, "healthy": 12],
    ["reach": 0.3, "join": 9],
  ].map { run in Dictionary(uniqueKeysWithValues: run.map { (StepID($0.key), $0.value) }) }

  @Test("a plan in a form for other eyes", arguments: names)
  func golden(_ name: String) throws {
    let forms = PlanForms(try Self.plan(name), past: name == "add-node" ? Self.past : [])
    try expectGolden(forms.markdown, name, form: "md")
    try expectGolden(forms.html, name, form: "html")
    try expectGolden(forms.json() + "\n", name, form: "json")
  }

  @Test("no line is wider than a narrow terminal", arguments: names)
  func width(_ name: String) throws {
    let plan = try Self.plan(name)
    for plan in [plan, plan.hostile()] {
      for line in PlanForms(plan).text.split(separator: "\n") {
        #expect(line.count <= 80, "\(line)")
        #expect(line.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
      }
    }
  }

  /// A command that was broken into lines is put together again by taking the marks out.
  @Test func commandsAreBrokenWithoutLoss() throws {
    for name in Self.names {
      let plan = try Self.plan(name).hostile()
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

  @Test("every text of the page is in each form", arguments: names.prefix(2))
  func nothingIsLeftOut(_ name: String) async throws {
    let plan = try Self.plan(name)
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

  @Test("nothing that a node or a file says becomes markup", arguments: names.prefix(2))
  func markup(_ name: String) async throws {
    let plan = try Self.plan(name)
    let forms = PlanForms(plan)
    let hostile = PlanForms(plan.hostile())
    #expect(hostile.html.contains("&lt;script&gt;"))
    for (mine, theirs) in [
      (forms.html, hostile.html),
      (try await rendered(forms.markdown), try await rendered(hostile.markdown)),
    ] {
      // More of a kind there may be, but no other kind, and none with an attribute of its own.
      let ours =
        /<\/?(b|strong|em|code|pre|ol|ul|li|p|br|span|details|summary)( (class="[a-z -]+"|open|start="\d+"))?>/
      let strange = tags(in: theirs).subtracting(tags(in: mine)).filter { $0.wholeMatch(of: ours) == nil }
      #expect(strange == [])
    }
    // GitHub turns such words into links and mails people, except in code.
    let outsideCode = try await rendered(hostile.markdown)
      .replacing(Regex("(?s)<(code|pre)[^>]*>.*?</\\1>"), with: "")
    let prose = plainText(ofHTML: outsideCode)
    for sign in ["@", "#", "://", "*", "`", "<", "|", "www."] {
      #expect(!prose.contains(sign), "\(sign) in \(prose)")
    }
  }

  @Test func whatProgramsReadFitsItsSchema() async throws {
    var documents: [Value] = []
    for name in Self.names {
      let plan = try Self.plan(name)
      documents.append(try JSONReader.parse(PlanForms(plan, past: Self.past).json()))
      documents.append(try JSONReader.parse(PlanForms(plan.hostile()).json()))
      let hash = String(repeating: "a", count: 64)
      documents.append([
        "belay_plan": 1, "digest": .string(hash), "statement": .string("approve \(hash) \(hash)"),
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
