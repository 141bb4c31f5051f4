import Model
import Platform
import Report
import TestSupport
import Testing

@Suite struct RunbookGraphTests {
  private let place = Model.SourceLocation(file: "x.yaml", line: 1, column: 1)

  private func runbook(_ steps: [Step]) -> Runbook {
    Runbook(
      name: RunbookName("etcd/try"), summary: "Try it.", verb: nil, covers: [], inputs: [], steps: steps,
      location: place)
  }

  private func step(_ id: String, _ role: Step.Role, _ title: String, needs: [String]? = nil) -> Step {
    Step(
      id: StepID(id), role: role, title: ScalarText(title, at: place), location: place,
      needs: needs.map { $0.map { Located(StepID($0), at: place) } })
  }

  private var example: Runbook {
    var join = step("join", .act, "Join")
    join.at = Located(.leader, at: place)
    join.effect = Effect(kind: .addLearner, target: Located(.reference(["node"]), at: place))
    join.rollback = .command(
      UndoCommand(
        run: ScalarText("leave now\nreally", at: place),
        effect: Effect(kind: .remove, target: Located(.reference(["node"]), at: place)), at: nil))
    var promote = step("promote", .act, "Promote")
    promote.when = ScalarText("$inputs.vote", at: place)
    promote.rollback = .covered(by: Located(StepID("join"), at: place))
    var wipe = step("wipe", .act, "Wipe", needs: ["promote", "reach"])
    wipe.rollback = Rollback.none(because: "data is gone")
    wipe.each = EachClause(variable: "peer", over: Located(.members, at: place))
    var wait = step("wait", .verify, "Wait", needs: [])
    wait.poll = Poll(within: .literal(.seconds(90)), every: nil, steady: 3)
    return runbook([step("reach", .diagnose, "Reach"), join, promote, wipe, wait])
  }

  @Test func saysInTextWhatWaitsForWhat() {
    #expect(
      RunbookGraph(example).text(paint: Paint(isOn: false)) == """
        etcd/try: Try it.

          ○ diagnose reach: Reach
          ↓
          ● act join: Join
              at leader
              effect: add-learner ${node}
              undo: remove ${node}
          ↓
          ● act promote: Promote
              when $inputs.vote
              undone by the undo of join

          after promote, reach ↓
          ● act wipe: Wipe
              for each peer of members
              no way back: data is gone

          starts at once
          ○ verify wait: Wait
              within 1m30s, 3 times in a row

        """)
  }

  /// A step that stands for others shows them inside itself.
  @Test func showsLoopsAndCalls() throws {
    var loop = step("each_member", .act, "")
    loop.serial = [.count(1), .percent(25)]
    loop.maxFailures = .count(2)
    loop.body = .loop(
      StepLoop(
        variable: "member", over: Located(.members, at: place), serial: [],
        steps: [step("stop", .act, "Stop it"), step("ask", .verify, "It is down")]))
    var call = step("more", .act, "")
    call.body = .call(
      RunbookCall(name: Located(RunbookName("etcd/other"), at: place), arguments: [], runbook: example))
    let graph = RunbookGraph(runbook([loop, call]))
    #expect(
      graph.text(paint: Paint(isOn: false)) == """
        etcd/try: Try it.

          ● for each_member
              in batches of 1, 25%, until more than 2 failed
              for each member of members, these steps:
              - act stop: Stop it
              - verify ask: It is down
          ↓
          ● use more
              the steps of etcd/other

        """)
    let mermaid = try #require(MermaidDrawing(graph.mermaid))
    #expect(mermaid.nodes.map(\.shape) == ["composite", "composite"])
    #expect(mermaid.nodes[0].lines[3] == "- act stop: Stop it")
  }

  @Test func drawsActsChecksAndUndosApart() throws {
    let graph = RunbookGraph(example)
    let mermaid = try #require(MermaidDrawing(graph.mermaid))
    #expect(mermaid.nodes.map(\.shape) == ["round", "box", "box", "box", "round"])
    #expect(mermaid.edges == ["0 --> 1", "1 --> 2", "2 -.-> 1", "2 --> 3", "0 --> 3"])
    #expect(graph.dot.contains("n2 -> n1 [style=dashed"))
    #expect(graph.dot.contains("n3 [shape=box, fillcolor=\"#fde2c4\", color=\"#b35900\", peripheries=2,"))
    #expect(!graph.dot.contains("n2 [shape=box, fillcolor=\"#fde2c4\", color=\"#b35900\", peripheries=2,"))
  }

  /// Whatever a title holds stays text: each drawing has the same steps and arrows as with plain titles.
  @Test func keepsHostileTitlesInTheirLabels() async throws {
    var random = SeededRandom.fresh()
    let pieces = [
      "\"", "\\", "]", "[", "\n", "\r\n", "<b>", "</text>", "<script>alert(1)</script>", "&quot;", "&",
      "&#34;", "#quot;",
      "#34;", ";", "-->", "n0", "end", "\\N", "\\l", "\"];", "}", "{{", "`", "%%", "%%{init: {}}%%",
      "click n0 href",
      "$", "\u{1B}[31m", "\u{0}", "\u{202E}", "é", "名", "🧨", " ", "a", "\u{2028}", "<!--", "-->",
    ]
    var steps = (0..<60).map { index in
      let title = (0..<Int.random(in: 1...6, using: &random)).compactMap { _ in
        pieces.randomElement(using: &random)
      }
      var made = step("s\(index)", Step.Role.allCases[index % 4], title.joined())
      made.when = ScalarText(pieces[index % pieces.count], at: place)
      return made
    }
    steps[0].needs = []
    let hostile = runbook(steps)
    let graph = RunbookGraph(hostile)

    let mermaid = try #require(MermaidDrawing(graph.mermaid), "seed \(random.seed): \(graph.mermaid)")
    #expect(mermaid.nodes.count == 60 && mermaid.edges.count == 59)
    for (step, node) in zip(steps, mermaid.nodes) { #expect(node.lines[1] == visible(step.title.text)) }

    let drawn = try await Subprocess("dot", ["-Tsvg"], stdin: Array(graph.dot.utf8), outputLimit: 1 << 24)
      .run()
    try #require(drawn.isSuccess, "seed \(random.seed): \(drawn.stderr.text)")
    #expect(drawn.stderr.text.isEmpty, "seed \(random.seed): \(drawn.stderr.text)")
    let svg = drawn.stdout.text
    #expect(svg.ranges(of: "class=\"node\"").count == 60)
    #expect(svg.ranges(of: "class=\"edge\"").count == 59)
    let texts = Set(svgTexts(svg))
    for step in steps {
      #expect(
        texts.contains(spaced(visible(step.title.text))),
        "seed \(random.seed): \(step.title.text.debugDescription)")
    }

    let text = graph.text(paint: Paint(isOn: false))
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || visible(String($0)) == String($0) })
    #expect(
      text.split(separator: "\n").count { $0.contains(" s") && $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
        == 60)
  }

  /// Graphviz writes the spaces of a text as unbreakable ones.
  private func spaced(_ text: String) -> String { text.replacing("\u{A0}", with: " ") }

  private func svgTexts(_ svg: String) -> [String] {
    svg.split(separator: "<text ").dropFirst().compactMap { part in
      guard let start = part.firstIndex(of: ">"), let end = part.ranges(of: "</text>").first else {
        return nil
      }
      return spaced(unescape(String(part[part.index(after: start)..<end.lowerBound])))
    }
  }
}

/// The little of Mermaid that belay writes, read strictly: any other line is nil.
private struct MermaidDrawing {
  struct Node {
    var shape: String
    /// Of its label, as a reader sees them.
    var lines: [String]
  }
  var nodes: [Node] = []
  var edges: [String] = []

  init?(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.first == "flowchart TD", lines.last == "" else { return nil }
    for line in lines.dropFirst().dropLast() {
      if let match = line.wholeMatch(of: /[ ]{2}n(\d+) --> n(\d+)/) {
        edges.append("\(match.1) --> \(match.2)")
      } else if let match = line.wholeMatch(of: /[ ]{2}n(\d+) -. "undone with" .-> n(\d+)/) {
        edges.append("\(match.1) -.-> \(match.2)")
      } else if let match = line.wholeMatch(
        of:
          /[ ]{2}n(\d+)(\[\[|\[|\(\[|\{\{)"([^"\[\]{}()`%]*)"(\]\]|\]\)|\]|\}\}):::(act|diagnose|verify|approve)/
      ) {
        guard Int(match.1) == nodes.count else { return nil }
        let shapes = ["[]": "box", "([])": "round", "{{}}": "hexagon", "[[]]": "composite"]
        guard let shape = shapes["\(match.2)\(match.4)"] else { return nil }
        var lines: [String] = []
        for line in String(match.3).split(separator: "<br/>", omittingEmptySubsequences: false) {
          let bare = line.replacing(/^<([bi])>(.*)<\/\1>$/) { $0.2 }
          guard !bare.contains(/[<>&]/) else { return nil }
          lines.append(unescape(String(bare).replacing(/#(\d+);/) { "&#\($0.1);" }))
        }
        nodes.append(Node(shape: shape, lines: lines))
      } else if !line.hasPrefix("  classDef ") {
        return nil
      }
    }
  }
}

/// What XML makes of the entities in a text.
private func unescape(_ text: String) -> String {
  text.replacing(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(lt|gt|quot|amp|apos));/) { match in
    if let name = match.3 {
      return ["lt": "<", "gt": ">", "quot": "\"", "amp": "&", "apos": "'"][String(name)] ?? ""
    }
    let number = match.1.flatMap { UInt32($0) } ?? match.2.flatMap { UInt32($0, radix: 16) }
    return number.flatMap(Unicode.Scalar.init).map { String(Character($0)) } ?? ""
  }
}
