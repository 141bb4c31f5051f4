import Loading
import Model

/// The runbook that the steps of an example stand in.
func lintedRunbook(steps: String, system: String = "etcd") -> String {
  let indented = steps.split(separator: "\n", omittingEmptySubsequences: false).map {
    $0.isEmpty ? "" : "  \($0)"
  }
  return """
    runbook: \(system)/example
    summary: An example.
    inputs:
      node: { type: node, help: the node }
    steps:
    \(indented.joined(separator: "\n"))

    """
}

func diagnostics(of example: LintRule.Example) -> [Diagnostic] {
  switch example {
  case .steps(let text): diagnostics(ofRunbook: lintedRunbook(steps: text))
  case .system(let text): loadSystem(SourceFile(path: "system.yaml", text: text)).diagnostics
  case .inventory(let text):
    loadInventory([SourceFile(path: "inventory.yaml", text: text)], home: nil).diagnostics
  }
}

func diagnostics(ofRunbook text: String) -> [Diagnostic] {
  loadRunbook(
    SourceFile(path: "example.yaml", text: text), name: nil,
    templates: { _ throws(FileProblem) in throw FileProblem("no-such-template", "none") }
  ).diagnostics
}

/// What lint says about one command at the end of a runbook, by rule and the words it points at.
func findings(_ command: String, act: Bool = true, at: String = "${node}", more: String = "") -> [String] {
  let lines = command.split(separator: "\n", omittingEmptySubsequences: false).map { "      \($0)" }
  let text = """
    runbook: etcd/example
    summary: An example.
    inputs: { node: { type: node } }
    steps:
      step:
        \(act ? "act" : "diagnose"): Do it
        at: "\(at)"
        \(act ? "rollback: none" : "needs: []")
        \(act ? "because: it is an example" : "timeout: 5s")
        \(more.isEmpty ? "when: 'true'" : more)
        run: |
    \(lines.map { "    \($0)" }.joined(separator: "\n"))

    """
  let source = text.split(separator: "\n", omittingEmptySubsequences: false)
  return diagnostics(ofRunbook: text).map { diagnostic in
    guard let place = diagnostic.location, source.indices.contains(place.line - 1) else {
      return diagnostic.code
    }
    let scalars = source[place.line - 1].unicodeScalars.dropFirst(place.column - 1).prefix(place.length)
    return "\(diagnostic.code): \(String(scalars))"
  }
}
