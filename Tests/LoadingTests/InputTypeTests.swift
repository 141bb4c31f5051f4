import Expressions
import Loading
import Model
import Testing

/// Values of inputs: what fits, what does not, and what is said then.
@Suite struct InputTypeTests {
  private func input(_ declaration: String) throws -> InputDeclaration {
    let runbook = """
      runbook: x
      summary: s
      inputs: { it: \(declaration) }
      steps: { a: { diagnose: t, expect: "true" } }
      """
    let loaded = loadRunbook(
      SourceFile(path: "r.yaml", text: runbook), name: nil,
      templates: { _ throws(FileProblem) in throw FileProblem("no-such-template", "none") })
    return try #require(loaded.value?.inputs.first, "\(loaded.diagnostics)")
  }

  @Test(arguments: [
    ("{ type: size, min: 1MiB, max: 2GiB }", "1MiB", nil),
    ("{ type: size, min: 1MiB }", "1048575", "at least 1MiB"),
    ("{ type: size, max: 2GiB }", "3GB", "at most 2GiB"), ("{ type: size }", "1 GiB", "a size such as"),
    ("{ type: size }", "99999999999TiB", "a size such as"), ("{ type: percent, max: 50% }", "50%", nil),
    ("{ type: percent, max: 50% }", "50.5%", "at most 50%"),
    ("{ type: percent }", "50", "a percentage such as"),
    ("{ type: int, min: -1, max: 3 }", "-2", "at least -1"), ("{ type: int, min: -1 }", "-1", nil),
    ("{ type: duration, min: 1m }", "59s", "at least 1m"), ("{ type: duration, min: 1m }", "60s", nil),
    ("{ type: string, pattern: 'v[0-9]+' }", "v12", nil),
    ("{ type: string, pattern: 'v[0-9]+' }", "v12x", "a text that matches v[0-9]+"),
    ("{ type: string, pattern: 'a|b' }", "ab", "a text that matches"),
    ("{ type: string, pattern: a.c }", "a\nc", "a text"),
    ("{ type: string, pattern: '(a*)*b' }", String(repeating: "a", count: 60), "a text that matches"),
    ("{ type: nodes }", "n1,n2", nil), ("{ type: nodes }", "n1,n1", "each once"),
    ("{ type: nodes }", "", "each once"),
    ("{ type: cluster }", "-x", "a cluster's name"),
  ])
  func valuesAreHeldAgainstTheirDeclaration(declaration: String, text: String, problem: String?) throws {
    let found = try input(declaration).mismatch(text)
    if let problem {
      #expect(found?.contains(problem) == true, "\(found ?? "fits")")
    } else {
      #expect(found == nil)
    }
  }

  @Test func valuesAreNumbersWhereNumbersAreMeant() {
    #expect(InputType.size.plainValue("10GiB") == .number(10_737_418_240))
    #expect(InputType.size.plainValue("500MB") == .number(500_000_000))
    #expect(InputType.percent.plainValue("12.5%") == .number(12.5))
    #expect(InputType.duration.plainValue("2m") == "2m")
    #expect(InputType.secret.plainValue("x") == nil)
  }
}
