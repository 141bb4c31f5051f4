internal import Model

extension Step.Role {
  /// Acts are full, checks are empty, decisions are double.
  fileprivate var mark: String {
    switch self {
    case .act: "●"
    case .diagnose, .verify: "○"
    case .approve: "◎"
    }
  }
}

extension RunbookGraph {
  /// For a terminal: an arrow leads from each step to the next, or says what a step waits for where that is another.
  package func text(paint: Paint) -> String {
    var text = paint(visible(name), .strong) + ": \(visible(summary))\n"
    for (index, node) in nodes.enumerated() {
      text += arrow(to: index, paint)
      let tone: Paint.Tone = node.role == .act ? .warning : .good
      text +=
        "  \(paint(node.role.mark, tone)) \(node.kind) \(paint(visible(node.id.rawValue), .strong))"
      text += node.title.isEmpty ? "\n" : ": \(visible(node.title))\n"
      for remark in node.remarks { text += "      \(visible(remark))\n" }
    }
    return text
  }

  private func arrow(to index: Int, _ paint: Paint) -> String {
    let needs = needs(of: index)
    if needs.isEmpty { return index == 0 ? "\n" : "\n" + paint("  starts at once", .quiet) + "\n" }
    if needs == [index - 1] { return paint("  ↓", .quiet) + "\n" }
    let names = needs.map { visible(nodes[$0].id.rawValue) }.joined(separator: ", ")
    return "\n" + paint("  after \(names) ↓", .quiet) + "\n"
  }
}
