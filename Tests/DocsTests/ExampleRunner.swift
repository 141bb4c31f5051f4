import Glibc
import Loading
import Model
import Planning
import Platform
import TestSupport

/// Executes the blocks of one page in their order: some speak of those before them.
struct ExampleRunner {
  let page: DocPage
  let scratch = ScratchDirectory()
  var cluster: ExampleCluster
  var queries = QueryExamples()
  /// What the block before made or printed.
  var plan: Plan?
  var output: String?
  var parsed: Value?
  var stepsText = ""

  init(_ page: DocPage) throws {
    self.page = page
    cluster = try ExampleCluster()
    // What examples stand in may be shown behind them, or on the page of the language.
    let blocks = page.blocks + (try DocPage("docs/language.md").blocks)
    if let block = blocks.first(where: { $0.words == ["yaml", "inventory"] }) {
      try cluster.readInventory(block)
    }
    if let block = blocks.first(where: { $0.words == ["yaml", "inputs"] }) { try cluster.readInputs(block) }
    for name in ["runbooks", "inventories"] {
      guard unsafe symlink(Path.join(DocPage.root, name), scratch.path(of: name)) == 0 else {
        throw FalseExample("cannot make a link to \(name)")
      }
    }
  }

  /// False for a block that nobody knows.
  mutating func execute(_ block: DocBlock) async throws -> Bool {
    do {
      return try await dispatch(block)
    } catch let list as DiagnosticList {
      throw FalseExample(list.diagnostics.map { "\($0.code): \($0.message)" }.joined(separator: "\n"))
    }
  }

  private mutating func dispatch(_ block: DocBlock) async throws -> Bool {
    switch (block.words.first ?? "", block.kind) {
    case ("yaml", "inventory"): try cluster.readInventory(block)
    case ("yaml", "system"): try noFindings(loadSystem(cluster.source(block)).diagnostics)
    case ("yaml", "inputs"): try cluster.readInputs(block)
    case ("yaml", "runbook"): try await runbook(block)
    case ("yaml", "steps"): try steps(block)
    case ("yaml", "findings"): try findings(block)
    case ("yaml", "wrong"): try wrong(block)
    case ("yaml", "selectors"): try selectors(block)
    case ("text", "plan"): try expectLines(of: block.unbroken, in: planText())
    case ("text", "output"): try expectLines(of: block, in: output)
    case ("text", "parse"): parsed = try cluster.parse(block)
    case ("sh", "quoting"): try await QuotingExamples(block).check()
    case ("jq", ""): try queries.check(block)
    case ("json", ""): try expectJSON(block)
    case ("json", "settings"): _ = try JSONReader.parse(block.text)
    case ("sh", ""), ("sh", "exits"): try await shell(block)
    case ("console", ""), ("text", "usage"): try CommandLines(block).check()
    case (_, "file"): try cluster.readFile(block)
    case (_, "result"): try result(block)
    default: return false
    }
    return true
  }

  func noFindings(_ diagnostics: [Diagnostic]) throws {
    guard diagnostics.isEmpty else {
      throw FalseExample(
        diagnostics.map { "\($0.code) \($0.location?.description ?? ""): \($0.message)" }.joined(
          separator: "\n"))
    }
  }

  func expectLines(of block: DocBlock, in text: String?) throws {
    guard let text else { throw FalseExample("there is nothing that could be shown here") }
    guard block.lines.contains(where: { !$0.isEmpty && $0 != "…" }) else {
      throw FalseExample("it states nothing")
    }
    var rest = text[...]
    for line in block.lines {
      let wanted = line.drop { $0 == " " }
      guard !wanted.isEmpty, wanted != "…" else { continue }
      guard let found = rest.firstRange(of: wanted) else {
        throw FalseExample("\"\(wanted)\" is not in\n\(text)")
      }
      rest = rest[found.upperBound...]
    }
  }

  private func expectJSON(_ block: DocBlock) throws {
    if let parsed {
      let stated = try JSONReader.parse(block.text)
      guard stated == parsed else { throw FalseExample("it is \(parsed.json())") }
      return
    }
    guard let output else { throw FalseExample("nothing before it gives JSON") }
    let printed = try output.split(separator: "\n").map { try JSONReader.parse(String($0)) }
    // One document over several lines, or one on each.
    let stated = try (try? [JSONReader.parse(block.text)]) ?? block.lines.map { try JSONReader.parse($0) }
    guard stated == printed else { throw FalseExample("it is \(output)") }
  }

  private func result(_ block: DocBlock) throws {
    let path = block.arguments.first ?? ""
    let files = (plan?.steps ?? []).flatMap(\.tasks).compactMap { task -> PlannedFile? in
      if case .file(let file) = task.work { file } else { nil }
    }
    guard let file = files.last(where: { $0.path == path }) else {
      throw FalseExample("no act writes \(path)")
    }
    guard file.content == block.text else { throw FalseExample("it becomes\n\(file.content)") }
  }
}
