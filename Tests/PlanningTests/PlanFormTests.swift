import Model
import Planning
import Report
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
}

extension EtcdScenario {
  /// Text from nodes and files with everything in it that could be markup, a command to a terminal, or too long.
  static let hostileText =
    "</pre></details><script>alert(1)</script>\u{1B}[31m|a|`b` ```c *d* _e_ [f](http://g.example) @octocat #1 "
    + "<img src=x onerror=alert(2)> &lt; \u{202E}x \" ' \\ | --- " + String(repeating: "w", count: 300)

  static let hostile = EtcdScenario.addNode.changed {
    $0.environmentFile = .present(content: "a\r\nb\n```\n\(hostileText)\n", mode: "640", owner: "root:<b>")
    $0.unreachable = []
    $0.variables = ["data_dir": .string("/var/" + hostileText)]
  }
}
