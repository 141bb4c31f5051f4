import Loading
import Model
import Planning
import Report
import TestSupport

extension ExampleRunner {
  private static let head = "runbook: etcd/example\nsummary: An example.\n"

  private func frame() -> String {
    let inputs = cluster.inputs
    return Self.head + (inputs.isEmpty ? "" : "inputs:\n\(inputs)") + "steps:\n"
  }

  private func asFindings() -> String { "\(frame())\(stepsText)findings:\n" }

  mutating func runbook(_ block: DocBlock) async throws {
    let file = cluster.source(block)
    let loaded = cluster.load(file)
    try noFindings(loaded.diagnostics)
    guard let runbook = loaded.value else { throw FalseExample("it does not load") }
    cluster.library[runbook.name.rawValue] = (block.text, block.line)
    try remember(try cluster.plan(runbook, given: cluster.givenValues(block.lines)))
    guard runbook.name.system == nil else { return }
    let path = try scratch.write(block.text, to: "\(runbook.name).yaml")
    let command = runbook.findings.isEmpty ? "belay run '\(path)' --yes" : "belay diagnose '\(path)'"
    try await run(command, exits: block)
  }

  mutating func steps(_ block: DocBlock) throws {
    let loaded = cluster.load(cluster.source(block, under: frame(), indent: 2))
    try noFindings(loaded.diagnostics)
    guard let runbook = loaded.value else { throw FalseExample("they do not load") }
    let plan = try cluster.plan(runbook, given: cluster.given)
    self.plan = plan
    (output, parsed) = (nil, nil)
    stepsText = block.lines.map { "  \($0)\n" }.joined()
    guard plan.refusals.isEmpty != block.arguments.contains("refused") else {
      throw FalseExample("refusals: \(plan.refusals.map(\.reason))")
    }
  }

  mutating func findings(_ block: DocBlock) throws {
    let loaded = cluster.load(cluster.source(block, under: asFindings(), indent: 2))
    try noFindings(loaded.diagnostics)
  }

  /// Exactly the diagnostics that its first line states, from checking or from planning.
  mutating func wrong(_ block: DocBlock) throws {
    let mark = "# check says: "
    guard let first = block.lines.first, first.hasPrefix(mark) else {
      throw FalseExample("it does not begin with \"\(mark)\"")
    }
    let stated = first.dropFirst(mark.count).split(separator: ", ").map(String.init)
    (plan, output, parsed) = (nil, nil, nil)
    let found = try diagnostics(of: block, as: block.arguments.first ?? "steps")
    guard found.map(\.code).sorted() == stated.sorted() else {
      throw FalseExample("it gets \(found.map { "\($0.code): \($0.message)" })")
    }
  }

  private func diagnostics(of block: DocBlock, as kind: String) throws -> [Diagnostic] {
    let loaded: LoadResult<Runbook>
    switch kind {
    case "inventory": return loadInventory([cluster.source(block)], home: "/root").diagnostics
    case "system": return loadSystem(cluster.source(block)).diagnostics
    case "runbook": loaded = cluster.load(cluster.source(block))
    case "inputs":
      let rest = "steps: { a: { diagnose: t, at: leader, run: uptime } }\ninputs:\n"
      loaded = cluster.load(cluster.source(block, under: Self.head + rest, indent: 2))
    case "findings": loaded = cluster.load(cluster.source(block, under: asFindings(), indent: 2))
    case "steps": loaded = cluster.load(cluster.source(block, under: frame(), indent: 2))
    default: throw FalseExample("nothing is called \(kind)")
    }
    guard loaded.diagnostics.isEmpty, let runbook = loaded.value else { return loaded.diagnostics }
    do {
      _ = try cluster.plan(runbook, given: cluster.given)
      return []
    } catch let list as DiagnosticList {
      return list.diagnostics
    }
  }

  func selectors(_ block: DocBlock) throws {
    guard !block.lines.isEmpty else { throw FalseExample("there is no selector in it") }
    for line in block.lines where !line.isEmpty {
      guard let mark = line.firstRange(of: "  # ") else { throw FalseExample("\(line) states no nodes") }
      let stated = line[mark.upperBound...]
      let step = DocBlock(
        page: block.page, line: block.line, words: [],
        lines: ["a: { diagnose: t, \(line[..<mark.lowerBound]), run: uptime }"])
      let found = try nodes(of: step)
      guard found == stated else { throw FalseExample("\(line) is \(found)") }
    }
  }

  private func nodes(of step: DocBlock) throws -> String {
    let found = try diagnostics(of: step, as: "steps")
    if let first = found.first { return "wrong \(first.code)" }
    let loaded = cluster.load(cluster.source(step, under: frame(), indent: 2))
    guard let runbook = loaded.value else { throw FalseExample("it does not load") }
    let tasks = try cluster.plan(runbook, given: cluster.given).steps.flatMap(\.tasks)
    return tasks.map { task in
      switch task.place {
      case .node(let name): name.rawValue
      case .leader(let now): "whoever leads then, now \(now?.rawValue ?? "nobody")"
      case .anyOf(let names): "one of \(names.map(\.rawValue).joined(separator: ", "))"
      case .belay: "nowhere"
      }
    }
    .joined(separator: ", ")
  }

  private mutating func remember(_ plan: Plan) throws {
    self.plan = plan
    (output, parsed) = (nil, nil)
    if !plan.refusals.isEmpty { throw FalseExample("refusals: \(plan.refusals.map(\.reason))") }
  }

  func planText() -> String? {
    plan.map { plan in
      let page = PlanPage(plan, PlanReview(plan, digest: "0123456789abcdef"))
      return PlanText(page, paint: Paint(isOn: false)).text.unbroken
    }
  }
}

extension DocBlock {
  var unbroken: DocBlock {
    var block = self
    block.lines = lines.map(\.unbroken)
    return block
  }
}

extension String {
  /// Without what a plan does to long lines: where one is broken, no example has to know.
  fileprivate var unbroken: String {
    replacing(/\s*↳/, with: "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
