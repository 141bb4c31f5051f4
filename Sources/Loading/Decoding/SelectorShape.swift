import Model

extension Shape where Result == Located<Selector> {
  /// A selector, or a list of them.
  static var selector: Shape {
    let expected = "nodes, such as leader, members, ${node} or [n1, n2]"
    return Shape(expected) { node, name, problems in
      guard case .sequence(let elements) = node.content else {
        return single(node, name, expected, problems).map { Located($0, at: node.location) }
      }
      guard !elements.isEmpty else {
        problems.error("bad-selector", "\(name) is a list of no nodes", at: node.location, help: "name some")
        return nil
      }
      let parts = elements.map { single($0, "an element of \(name)", expected, problems) }
      guard !parts.contains(nil) else { return nil }
      return Located(.list(parts.compactMap(\.self)), at: node.location)
    }
  }

  private static func single(
    _ node: YAMLNode, _ name: String, _ expected: String, _ problems: Problems
  ) -> Selector? {
    guard case .scalar(let scalar) = node.content, !scalar.isNull else {
      problems.mismatch(node, name, expected: expected)
      return nil
    }
    let text = ScalarText(scalar.text, at: node.location, layout: scalar.layout)
    do throws(SelectorParser.Failure) {
      return try SelectorParser.parse(text.text)
    } catch {
      problems.error(
        "bad-selector", "\(name): \(error.message)",
        at: text.location(atByte: error.offset, length: error.length), help: error.help)
      return nil
    }
  }
}
