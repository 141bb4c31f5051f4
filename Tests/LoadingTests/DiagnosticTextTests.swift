import Model
import Report
import Testing

/// What a person sees: the right column under any text, and nothing that a terminal obeys.
@Suite struct DiagnosticTextTests {
  private func render(_ line: String, column: Int, length: Int = 1, help: String? = nil) -> [String] {
    let place = SourceLocation(file: "f.yaml", line: 1, column: column, length: length)
    let text = renderDiagnostics(
      [Diagnostic(.error, "code", "message", at: place, help: help)],
      sources: [SourceFile(path: "f.yaml", text: line)], colour: false)
    return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test func theCaretStandsUnderTheWord() {
    #expect(
      render("a: bcd", column: 4, length: 3) == [
        "error[code]: message", " --> f.yaml:1:4", "  |", "1 | a: bcd", "  |    ^^^", "", "1 error", "",
      ])
  }

  @Test func tabsWideAndCombiningCharactersKeepTheColumn() {
    #expect(render("\ta: x", column: 2)[3...4] == ["1 |   a: x", "  |   ^"])
    #expect(render("名前: x", column: 5)[3...4] == ["1 | 名前: x", "  |       ^"])
    #expect(render("e\u{301}: x", column: 5)[3...4] == ["1 | e\u{301}: x", "  |    ^"])
  }

  @Test func nothingMovesTheCursor() {
    let hostile = "a: \u{1B}]0;owned\u{7}\u{1B}[2J\r\u{202E}\u{200B}\u{9B}x"
    let text = render(hostile, column: 4, help: hostile).joined(separator: "\n")
    let dangerous = text.unicodeScalars.filter {
      $0.properties.generalCategory == .control && $0 != "\n" || $0.properties.generalCategory == .format
    }
    #expect(dangerous.isEmpty)
    #expect(text.contains("\\u{1B}]0;owned\\u{7}"))
  }

  @Test func longLinesAreCutAroundTheCaret() {
    let line = String(repeating: "x", count: 5000) + "HERE" + String(repeating: "y", count: 5000)
    let shown = render(line, column: 5001, length: 4)
    #expect(shown[3].count < 120)
    #expect(shown[3].hasSuffix("y…"))
    let caret = shown[4].firstIndex(of: "^").map { shown[4].distance(from: shown[4].startIndex, to: $0) }
    let word = shown[3].firstIndex(of: "H").map { shown[3].distance(from: shown[3].startIndex, to: $0) }
    #expect(caret == word)
    #expect(shown[4].hasSuffix("^^^^"))
  }

  @Test(arguments: [0, -5, 7, 1000, Int.max])
  func placesOutsideTheTextAreSurvived(number: Int) {
    let place = SourceLocation(file: "f.yaml", line: number, column: number, length: number)
    for text in ["", "abc", "\n\n"] {
      let shown = renderDiagnostics(
        [Diagnostic(.warning, "code", "message", at: place, notes: [.init("there", at: place)])],
        sources: [SourceFile(path: "f.yaml", text: text)], colour: false)
      #expect(shown.hasSuffix("1 warning\n"))
    }
    _ = render("abc", column: number, length: number)
  }

  @Test func withoutItsSourceAPlaceIsStillNamed() {
    let place = SourceLocation(file: "gone.yaml", line: 3, column: 2)
    let shown = renderDiagnostics(
      [Diagnostic(.error, "code", "message", at: place, help: "did you mean \"x\"?")], sources: [],
      colour: false)
    #expect(shown == "error[code]: message\n --> gone.yaml:3:2\n  = help: did you mean \"x\"?\n\n1 error\n")
  }

  @Test func coloursAreAddedOnlyWhenAsked() {
    let diagnostics = [
      Diagnostic(.error, "c", "m"), Diagnostic(.warning, "c", "m"), Diagnostic(.warning, "c", "m"),
    ]
    let plain = renderDiagnostics(diagnostics, sources: [], colour: false)
    #expect(!plain.contains("\u{1B}"))
    #expect(plain.hasSuffix("1 error, 2 warnings\n"))
    #expect(
      renderDiagnostics(diagnostics, sources: [], colour: true).contains("\u{1B}[1;31merror[c]\u{1B}[0m"))
    #expect(renderDiagnostics([], sources: [], colour: true) == "")
  }
}
