import Testing

@testable import Report

@Suite struct ShellLineTests {
  @Test(arguments: [
    ("a", "a"), ("a\n  b\n\nc\n", "a; b; c"), ("a ||\n  b", "a || b"), ("a &&\nb |\nc", "a && b | c"),
    ("if a; then\n  b\nfi", "if a; then b; fi"), ("a \\\n  --b", "a \\ --b"), ("", ""),
    ("for x in 1; do\necho\ndone", "for x in 1; do echo; done"),
  ])
  func linesAreJoinedAsAShellReadsThem(text: String, line: String) {
    #expect(shellLine(text) == line)
  }
}
