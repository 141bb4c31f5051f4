import Expressions
package import Model

extension InputValue {
  /// A value as it is typed; nil when it does not fit its declaration.
  package init?(_ text: String, for input: InputDeclaration) {
    guard input.mismatch(text) == nil else { return nil }
    switch input.type {
    case .node: self = .node(NodeName(text))
    case .nodes: self = .nodes((input.type.nodeNames(text) ?? []).map { NodeName($0) })
    default:
      guard let value = input.type.plainValue(text) else { return nil }
      self = .value(value)
    }
  }

  /// The nodes that it names.
  var nodes: [NodeName] {
    switch self {
    case .node(let name): [name]
    case .nodes(let names): names
    case .value, .secret: []
    }
  }
}
