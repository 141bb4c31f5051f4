import Expressions
import Loading
import Model
import Planning
import Platform

/// The cluster that the examples of a page speak of: its inventory is the page's own, its nodes exist only on paper.
/// Its members see one another, and the first of them leads.
struct ExampleCluster {
  private(set) var cluster: Cluster?
  private(set) var inputs = ""
  private(set) var given: [String: String] = [:]
  private(set) var files: [String: String] = [:]
  /// Runbooks of the page, for those that use them.
  var library: [String: (text: String, line: Int)] = [:]
  let system: ClusterSystem
  private let home = Path.join(DocPage.root, "runbooks")

  init() throws {
    let loaded = RunbookLibrary(directories: [home]).loadSystem(SystemName("etcd"))
    guard let system = loaded.value else { throw FalseExample("the shipped system does not load") }
    self.system = system
  }

  /// The block as a file whose lines are counted as in the page.
  func source(_ block: DocBlock, under frame: String = "", indent: Int = 0) -> SourceFile {
    let head = frame.split(separator: "\n", omittingEmptySubsequences: false).count - 1
    let margin = String(repeating: " ", count: indent)
    let lines = block.lines.map { $0.isEmpty ? "\n" : "\(margin)\($0)\n" }
    let empty = String(repeating: "\n", count: max(0, block.line - 1 - head))
    return SourceFile(path: block.page, text: empty + frame + lines.joined())
  }

  mutating func readInventory(_ block: DocBlock) throws {
    let loaded = loadInventory([source(block)], home: "/root")
    guard loaded.diagnostics.isEmpty, let first = loaded.value?.clusters.first else {
      throw FalseExample("\(loaded.diagnostics)")
    }
    cluster = cluster ?? first
  }

  mutating func readInputs(_ block: DocBlock) throws {
    let frame =
      "runbook: etcd/example\nsummary: s\nsteps: { a: { diagnose: t, at: leader, run: uptime } }\ninputs:\n"
    let loaded = load(source(block, under: frame, indent: 2))
    guard loaded.diagnostics.isEmpty else { throw FalseExample("\(loaded.diagnostics)") }
    let values = givenValues(block.lines)
    for input in loaded.value?.inputs ?? [] {
      if let text = values[input.name], InputValue(text, for: input) == nil, input.type != .secret {
        throw FalseExample("\(text) does not fit \(input.name)")
      }
    }
    guard inputs.isEmpty else { return }
    inputs = block.lines.map { "  \($0)\n" }.joined()
    given = values
  }

  /// `node: { … }   # given n4`
  func givenValues(_ lines: [String]) -> [String: String] {
    var values: [String: String] = [:]
    for line in lines {
      guard let mark = line.firstRange(of: "# given ") else { continue }
      let name = line.drop { $0 == " " }.prefix { $0 != ":" }
      let said = line[mark.upperBound...]
      values[String(name)] = String(said.prefix { $0 != " " && $0 != ":" && $0 != ";" })
    }
    return values
  }

  mutating func readFile(_ block: DocBlock) throws {
    guard let path = block.arguments.first else { throw FalseExample("the block names no file") }
    files[path] = block.text
  }

  func load(_ file: SourceFile) -> LoadResult<Runbook> {
    loadRunbook(
      file, name: nil,
      templates: { name throws(FileProblem) in
        if let text = files["templates/\(name)"] { return SourceFile(path: name, text: text) }
        return try readTextFile(Path.join(home, "etcd/templates/\(name)"))
      },
      runbooks: { name in
        guard let (text, _) = library[name] else { return noRunbooks(name) }
        return load(SourceFile(path: "\(name).yaml", text: text)).map {
          LoadedRunbook(runbook: $0, system: system)
        }
      },
      context: RunbookContext(system: system, clusters: cluster.map { [$0] }))
  }

  /// `parse:` on its own line, `---`, an output.
  func parse(_ block: DocBlock) throws -> Value {
    guard let mark = block.lines.firstIndex(of: "---") else { throw FalseExample("there is no --- in it") }
    let format = block.lines[..<mark].joined(separator: " ")
    let text = "runbook: x\nsummary: s\nsteps: { a: { diagnose: t, at: leader, run: uptime, \(format) } }\n"
    let loaded = load(SourceFile(path: block.page, text: text))
    guard let step = loaded.value?.steps.first else { throw FalseExample("\(loaded.diagnostics)") }
    let output = block.lines[(mark + 1)...].map { $0 + "\n" }.joined()
    return try step.parse.parse(Array(output.utf8))
  }
}
