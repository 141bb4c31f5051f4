internal import Model

extension RunbookGraph {
  /// For graphviz. Steps are numbered here: what an author wrote stands only in quoted labels.
  package var dot: String {
    var lines = [
      "digraph runbook {",
      "  graph [rankdir=TB, labelloc=t, fontname=\"sans-serif\", label=\(dotString(["\(name): \(summary)"]))];",
      "  node [fontname=\"sans-serif\", fontsize=11, style=filled];", "  edge [color=\"#555555\"];",
    ]
    for (index, node) in nodes.enumerated() {
      let label = dotString(
        ["\(node.kind) \(node.id)"] + ([node.title] + node.remarks).filter { !$0.isEmpty })
      let border = node.isFinal || node.isComposite ? ", peripheries=\(node.isFinal ? 2 : 3)" : ""
      lines.append("  n\(index) [\(node.role.dotStyle)\(border), label=\(label)];")
    }
    for edge in edges {
      // An undo points back up; it must not push its steps about.
      let style =
        edge.kind == .order ? "" : " [style=dashed, constraint=false, label=\"undone with\", fontsize=9]"
      lines.append("  n\(edge.from) -> n\(edge.to)\(style);")
    }
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }
}

extension Step.Role {
  /// Acts are boxes, checks are rounded, decisions are hexagons.
  fileprivate var dotStyle: String {
    switch self {
    case .act: "shape=box, fillcolor=\"#fde2c4\", color=\"#b35900\""
    case .diagnose, .verify: "shape=box, style=\"filled,rounded\", fillcolor=\"#e3eefc\", color=\"#34618e\""
    case .approve: "shape=hexagon, fillcolor=\"#f4e3fc\", color=\"#7a348e\""
    }
  }
}

/// Lines as one quoted string, each flush left. Graphviz knows escapes (`\N`, `\l`) and entities (`&amp;`) in labels.
private func dotString(_ lines: [String]) -> String {
  let text = lines.map { line in
    visible(line).unicodeScalars.map { scalar in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      case "&": "&amp;"
      default: String(scalar)
      }
    }.joined() + "\\l"
  }
  return "\"\(text.joined())\""
}
