import Model
import Platform
import Testing

/// Every fenced block of the documentation is executed. What is done with it, the words behind its opening fence say;
/// the first of them is the language that code hosting colours it in.
///
///     yaml inventory        loads without a finding; the page's first one is the cluster of all its examples
///     yaml system           loads without a finding
///     yaml inputs           stands under `inputs:`; the page's first one are the inputs of all its steps, each with the
///                           value that a comment `# given VALUE` behind it says
///     yaml runbook          loads, checks and plans without a finding; without nodes it is run by the real program too
///     yaml runbook exits 5  … and ends so
///     yaml steps            stands under `steps:`; loads, checks and plans without a finding
///     yaml steps refused    … but a guard refuses the plan
///     yaml findings         stands under `findings:`, after the steps of the block before
///     yaml wrong            steps that get exactly the diagnostics that their first line says: `# check says: CODE, CODE`;
///                           `yaml wrong inputs` and the like for others
///     yaml selectors        lines `at: SELECTOR  # n1, n2` or `# wrong CODE`
///     text plan             every line stands in the plan of the block before, in this order; `…` leaves some out
///     text output           the same in what the block before printed
///     ANY file PATH         a file of the nodes or a template of the system, for the blocks behind it
///     ANY result PATH       what the plan of the steps before makes of that file
///     text parse            `parse: …`, `---` and an output; the next `json` block is what becomes of it
///     sh quoting            lines `COMMAND  # [arg] [arg]` as real shells see them, `# value: "…"` for `${value}`
///     jq                    lines `QUERY  # VALUE, VALUE`, `# error: …`, `# refused: …` or `# nothing`; before them
///                           `# input: VALUE` and `# $name: VALUE`. The jq program must agree
///     json                  what the block before printed or was parsed as
///     json settings         JSON for another program
///     sh                    run by a shell that finds `belay`; `sh exits N` if not 0
///     console, text usage   every command and flag in them exists
@Suite struct ExamplesTests {
  static let pages = [
    "README.md", "docs/language.md", "docs/queries.md", "docs/errors.md", "docs/guards.md", "docs/editors.md",
    "docs/plans.md", "docs/approvals.md", "docs/rollback.md", "docs/locks.md",
  ]

  /// A new page is in the list above, or has tests of its own.
  @Test func everyPageWithExamplesIsThere() throws {
    let others = [
      "docs/ARCHITECTURE.md",  // a drawing
      "docs/journal-format.md",  // JournalTests.FormatTests
      "docs/lint.md",  // LoadingTests.LintPageTests
    ]
    let names = try listDirectory(Path.join(DocPage.root, "docs")).filter { $0.hasSuffix(".md") }
    for name in names.map({ "docs/\($0)" }) where !Self.pages.contains(name) && !others.contains(name) {
      #expect(try DocPage(name).blocks.isEmpty, "nobody executes the examples of \(name)")
    }
  }

  @Test(arguments: pages) func everyExampleIsTrue(name: String) async throws {
    let page = try DocPage(name)
    try #require(!page.blocks.isEmpty, "\(name) has no examples")
    var runner = try ExampleRunner(page)
    for block in page.blocks {
      do {
        let isKnown = try await runner.execute(block)
        if !isKnown { Issue.record("\(block): nobody knows how to execute this block") }
      } catch {
        Issue.record("\(block): \(error)")
      }
    }
    runner.queries.expectAgreementOfJQ()
  }

  @Test func unknownBlocksAreNoticed() async throws {
    var runner = try ExampleRunner(DocPage("docs/language.md"))
    for words in [[], ["yaml"], ["text"], ["python"], ["yaml", "stepz"]] {
      let block = DocBlock(page: "x", line: 1, words: words, lines: ["a: 1"])
      #expect(try await runner.execute(block) == false, "\(words)")
    }
  }

  /// Each way of being wrong is seen: the machinery of this suite is no rubber stamp.
  @Test(arguments: [
    ("yaml steps", "a:\n  diagnose: t\n  at: leader\n  run: echo ${nobody}\n"),
    ("yaml steps", "a: { diagnose: t, at: leader, run: sleep 600 }\n"),
    ("yaml steps", "a: { diagnose: t, at: spares & zone-a, run: 'true' }\n"),
    ("yaml wrong", "# check says: missing-rollback\na: { diagnose: t, at: leader, run: 'true' }\n"),
    ("yaml wrong", "# check says: missing-rollback\na: { act: t, at: leader, rum: 'true' }\n"),
    ("yaml wrong", "a: { act: t, at: leader, rum: 'true' }\n"),
    ("yaml selectors", "at: members   # n1, n2\n"), ("yaml inputs", "a: { type: flag, help: h }\n"),
    ("text plan", "nothing like this\n"), ("text output", "…\n"), ("json", "{}\n"), ("jq", "# nothing\n"),
    ("jq", "1 + 1   # 3\n"), ("jq", "1 +   # 3\n"), ("jq", "error(\"a\")   # error: b\n"),
    ("sh quoting", "# value: \"a b\"\nshow ${value}   # [a] [b]\n"), ("sh", "false\n"),
    ("text usage", "belay plan --colour\n"), ("console", "$ belay plam x\n"),
    ("yaml runbook", "runbook: x\nsummary: s\nsteps: { a: { diagnose: t, at: controller, run: 'false' } }\n"),
  ])
  func aFalseExampleIsNoticed(info: String, text: String) async throws {
    let page = try DocPage("docs/language.md")
    var runner = try ExampleRunner(page)
    for block in page.blocks where ["inventory", "inputs"].contains(block.kind) {
      _ = try await runner.execute(block)
    }
    let lines = text.split(separator: "\n").map(String.init)
    let block = DocBlock(
      page: "x", line: 50, words: info.split(separator: " ").map(String.init), lines: lines)
    await #expect(throws: FalseExample.self) {
      _ = try await runner.execute(block)
    }
  }
}

/// What is said of an example is not so.
struct FalseExample: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
