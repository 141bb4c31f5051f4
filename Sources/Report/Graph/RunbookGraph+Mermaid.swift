internal import Model

extension RunbookGraph {
  /// For Markdown that draws Mermaid. Steps are numbered here: nothing that an author wrote stands outside a quoted
  /// label.
  package var mermaid: String {
    var lines = ["flowchart TD"]
    for (index, node) in nodes.enumerated() {
      let (open, close) = node.isComposite ? ("[[", "]]") : node.role.brackets
      lines.append("  n\(index)\(open)\"\(mermaidLabel(node))\"\(close):::\(node.role.rawValue)")
    }
    for edge in edges {
      let arrow = edge.kind == .order ? "-->" : "-. \"undone with\" .->"
      lines.append("  n\(edge.from) \(arrow) n\(edge.to)")
    }
    lines.append("  classDef act fill:#fde2c4,stroke:#b35900,color:#000")
    lines.append("  classDef diagnose fill:#e3eefc,stroke:#34618e,color:#000")
    lines.append("  classDef verify fill:#e3eefc,stroke:#34618e,color:#000")
    lines.append("  classDef approve fill:#f4e3fc,stroke:#7a348e,color:#000")
    return lines.joined(separator: "\n") + "\n"
  }

  private func mermaidLabel(_ node: Node) -> String {
    let head = "<b>\(mermaidText("\(node.kind) \(node.id)"))</b>"
    return
      ([head, mermaidText(node.title)].filter { !$0.isEmpty }
      + node.remarks.map { "<i>\(mermaidText($0))</i>" })
      .joined(separator: "<br/>")
  }
}

extension Step.Role {
  /// Acts are boxes, checks are rounded, decisions are hexagons.
  fileprivate var brackets: (open: String, close: String) {
    switch self {
    case .act: ("[", "]")
    case .diagnose, .verify: ("([", "])")
    case .approve: ("{{", "}}")
    }
  }
}

/// Everything but letters, digits, spaces and a few harmless signs by its number: no quote, bracket, tag, entity,
/// directive or end of line of an author's reaches Mermaid.
private func mermaidText(_ text: String) -> String {
  visible(text).unicodeScalars.map { scalar in
    let isPlain =
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .otherLetter, .decimalNumber: true
      default: " .,-_/".unicodeScalars.contains(scalar)
      }
    return isPlain ? String(scalar) : "#\(scalar.value);"
  }.joined()
}
