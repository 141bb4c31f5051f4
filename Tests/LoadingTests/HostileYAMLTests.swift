import Loading
import Model
import Report
import Testing

/// Whatever a file holds, loading ends soon with a diagnostic that has a place: nothing hangs or traps.
@Suite struct HostileYAMLTests {
  private func load(_ text: String) -> LoadResult<Runbook> {
    loadRunbook(
      SourceFile(path: "r.yaml", text: text), name: nil,
      templates: { _ throws(FileProblem) in throw FileProblem("no-such-template", "none") })
  }

  private func codes(_ text: String) -> [String] { load(text).diagnostics.map(\.code) }

  @Test(arguments: [
    ("", "empty-file"), ("# nothing\n# here\n", "empty-file"), ("\u{FEFF}", "empty-file"),
    ("runbook: a\u{0}b\n", "binary-file"), ("a: \u{1B}[31mred\n", "control-character"),
    ("a: 1\n---\nb: 2\n", "second-document"), ("a: &x 1\nb: *x\n", "yaml-alias"),
    ("a: !!python/object:os.system x\n", "yaml-tag"), ("a: 1\na: 2\n", "duplicate-key"),
    ("a: {{ node }}\n", "complex-key"), ("? [a]\n: b\n", "complex-key"),
    ("a:\n\tb: 1\n", "yaml-syntax"), ("a: \"never ends\n", "yaml-syntax"),
    ("a: 'never ends\n", "yaml-syntax"),
    ("a: b: c\n", "yaml-syntax"), ("a: [1\n", "yaml-syntax"), ("a: {x: ${y}}\n", "yaml-syntax"),
    ("a: @x\n", "yaml-syntax"), ("a: %x\n", "yaml-syntax"), ("%YAML 3.0\n---\na: 1\n", "yaml-syntax"),
    ("- a\n", "wrong-type"), ("just a text\n", "bad-value"), ("---\n", "wrong-type"), ("*x", "yaml-alias"),
  ])
  func isRefusedWithItsPlace(text: String, code: String) throws {
    let result = load(text)
    #expect(result.value == nil)
    let diagnostic = try #require(result.diagnostics.first { $0.code == code }, "\(result.diagnostics)")
    #expect(diagnostic.location != nil)
  }

  /// To YAML the ! is a tag: without it the command would mean the opposite.
  @Test func aNegationOutsideQuotesIsNotLostInSilence() {
    func step(_ run: String) -> String {
      "runbook: x\nsummary: y\nsteps:\n  a:\n    diagnose: t\n    at: leader\n    run: \(run)\n"
    }
    let found = load(step("! test -e 'x'")).diagnostics
    #expect(found.map(\.code) == ["yaml-tag"])
    #expect(found.first?.help == "quote the text with it: '! test -e ''x'''")
    #expect(codes(step("'! test -e x'")).isEmpty)
  }

  @Test func tabsAndQuotesAreExplained() {
    #expect(load("a:\n\tb: 1\n").diagnostics.first?.message == "a tab cannot indent YAML")
    #expect(load("a: \"x\n").diagnostics.first?.message == "a quoted text never ends")
    #expect(load("a: {x: ${y}}\n").diagnostics.first?.help?.contains("needs quotes") == true)
  }

  @Test func depthIsBounded() {
    #expect(codes(String(repeating: "[", count: 100_000)) == ["too-deep"])
    let blocks = (0..<200).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
    #expect(codes(blocks) == ["too-deep"])
    #expect(codes(String(repeating: "- ", count: 50_000)) == ["too-deep"])
  }

  @Test func anAliasBombIsRefusedQuickly() {
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<40 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
      bomb += "a\(level): &a\(level) [\(aliases)]\n"
    }
    let clock = ContinuousClock()
    var found: [String] = []
    let time = clock.measure { found = codes(bomb) }
    // Reading ends when no more can be shown.
    #expect(found == Array(repeating: "yaml-alias", count: 100))
    #expect(time < .seconds(2))
  }

  @Test func sizeIsBounded() {
    #expect(codes("a: " + String(repeating: "x", count: 2_000_000)) == ["too-large"])
    #expect(codes("a: " + String(repeating: "x", count: 200_000)) == ["too-large"])
    #expect(codes(String(repeating: "x", count: 200_000) + ": a") == ["too-large"])
    #expect(codes(String(repeating: "%TAG ! a\n", count: 20_000)) == ["too-large"])
    #expect(codes(String(repeating: "- a\n", count: 101_000)) == ["too-large"])
  }

  @Test func timeGrowsWithTheNumberOfKeys() {
    func time(_ count: Int) -> Duration {
      let keys = (0..<count).map { "k\($0): 1\n" }.joined()
      return ContinuousClock().measure { _ = codes(keys) }
    }
    _ = time(100)
    // Ten times the keys would take a hundred times as long if each were compared with all others.
    #expect(time(40_000) < time(4_000) * 40)
  }

  @Test func manyStepsAreRefused() {
    let steps = (0..<600).map { "  s\($0): { diagnose: x, at: leader, run: y }\n" }.joined()
    #expect(codes("runbook: x\nsummary: y\nsteps:\n" + steps) == ["too-many-steps"])
  }

  /// Each of these once took a minute: time must not grow with the square of a text's references or of a step's needs.
  @Test func longTextsAndManyNeedsAreReadQuickly() {
    let references = String(repeating: "${a.b} ${here.name} ", count: 6_000)
    let run =
      "runbook: x\nsummary: y\nsteps:\n  s:\n    diagnose: t\n    at: leader\n    run: |\n      \(references)\n"
    let steps = (0..<500).map { step in
      let needs = (max(0, step - 200)..<step).map { "s\($0)" }.joined(separator: ", ")
      return "  s\(step): { diagnose: t, at: leader, run: x, needs: [\(needs)] }\n"
    }
    let clock = ContinuousClock()
    let time = clock.measure {
      #expect(codes(run).first == "unknown-name")
      #expect(codes("runbook: x\nsummary: y\nsteps:\n" + steps.joined()).isEmpty)
    }
    #expect(time < .seconds(15))
  }

  @Test func carriageReturnsAndByteOrderMarksAreReadAsText() {
    let text = "\u{FEFF}runbook: x\r\nsummary: y\r\nsteps:\r\n  a: { diagnose: t, at: leader, rum: z }\r\n"
    let result = load(text)
    #expect(result.diagnostics.map(\.code) == ["unknown-key"])
    #expect(result.diagnostics.first?.location?.line == 4)
    #expect(result.diagnostics.first?.location?.column == 33)
    let shown = renderDiagnostics(result.diagnostics, sources: result.sources, colour: false)
    #expect(shown.contains("4 |   a: { diagnose: t, at: leader, rum: z }\n"))
  }

  /// Cutting a good file anywhere gives a diagnostic or a shorter runbook, never a trap.
  @Test func everyPrefixAndEveryFlippedByteIsSurvived() throws {
    let whole = Array(try fixture("worked-example.yaml").text.utf8)
    for length in stride(from: 0, to: whole.count, by: 41) {
      _ = load(String(decoding: whole.prefix(length), as: UTF8.self))
    }
    for index in stride(from: 0, to: whole.count, by: 37) {
      for byte in [UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "{"), UInt8(ascii: "$"), 0xC3] {
        var changed = whole
        changed[index] = byte
        _ = load(String(decoding: changed, as: UTF8.self))
      }
    }
  }
}
