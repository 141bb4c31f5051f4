import Model

/// The steps of a plan drawn: what waits for what. Each box leads to its step in the page.
struct StepGraphSVG {
  private let page: PlanPage
  private let layout: StepGraphLayout
  /// A drawing of more steps than this shows nothing any more.
  private static let stepLimit = 150

  init?(_ page: PlanPage) {
    guard page.steps.count > 1, page.steps.count <= Self.stepLimit else { return nil }
    self.page = page
    layout = StepGraphLayout(page.steps.map { (id: $0.id, needs: $0.needs) })
  }

  /// Whether it leaves room for the steps beside it.
  var isNarrow: Bool { layout.width <= 440 }

  var text: String {
    let arrow =
      "<marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\""
      + " orient=\"auto\"><path class=\"head\" d=\"M0 0.5L8 4L0 7.5z\"/></marker>"
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(layout.width)\" height=\"\(layout.height)\""
      + " viewBox=\"0 0 \(layout.width) \(layout.height)\" role=\"img\""
      + " aria-label=\"The steps and what they wait for\">\n<defs>\(arrow)</defs>\n"
      + layout.lines.map { line($0.points) }.joined() + page.steps.map(box).joined() + "</svg>\n"
  }

  /// Straight beside a step that it passes, bent from one layer to the next.
  private func line(_ points: [StepGraphLayout.Point]) -> String {
    guard let first = points.first else { return "" }
    var path = "M\(first.x) \(first.y)"
    for (index, (from, to)) in zip(points, points.dropFirst()).enumerated() {
      let middle = (from.y + to.y) / 2
      path +=
        index.isMultiple(of: 2)
        ? "C\(from.x) \(middle) \(to.x) \(middle) \(to.x) \(to.y)" : "L\(to.x) \(to.y)"
    }
    return "<path class=\"edge\" d=\"\(path)\" marker-end=\"url(#arrow)\"/>\n"
  }

  private func box(_ step: PlanPage.StepPart) -> String {
    guard let centre = layout.centres[step.id] else { return "" }
    let size = StepGraphLayout.box
    let (left, top) = (centre.x - size.x / 2, centre.y - size.y / 2)
    let radius = step.role == .act ? 4 : 14
    return "<a href=\"#s\(step.number)\"><g class=\"\(step.styles)\"><title>\(HTML.text(step.title))</title>"
      + "<rect class=\"box\" x=\"\(left)\" y=\"\(top)\" width=\"\(size.x)\" height=\"\(size.y)\" rx=\"\(radius)\"/>"
      + "<text class=\"name\" x=\"\(centre.x)\" y=\"\(centre.y - 2)\" text-anchor=\"middle\">"
      + "\(HTML.text(short(step.id.rawValue)))</text>"
      + "<text class=\"kind\" x=\"\(centre.x)\" y=\"\(centre.y + 13)\" text-anchor=\"middle\">"
      + "\(step.number) · \(HTML.text(step.kind))</text></g></a>\n"
  }

  private func short(_ name: String) -> String { name.count > 15 ? "…\(name.suffix(14))" : name }
}

extension PlanPage.StepPart {
  /// The classes that a step has in the page and in the drawing.
  var styles: String {
    [
      role == .act ? "act" : "check", skipped == nil ? nil : "skipped",
      isPointOfNoReturn ? "noreturn" : nil, isRefused ? "refused" : nil,
    ].compactMap(\.self).joined(separator: " ")
  }

  fileprivate var kind: String {
    if skipped != nil { return "\(role.rawValue), skipped" }
    if isRefused { return "\(role.rawValue), refused" }
    return isPointOfNoReturn ? "\(role.rawValue), no way back" : role.rawValue
  }
}
