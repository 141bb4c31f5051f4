package import Model

extension InputValue {
  /// A value as it is typed; nil when it is none of this type.
  package init?(_ text: String, as type: InputType) {
    switch type {
    case .node: self = .node(NodeName(text))
    case .nodes:
      self = .nodes(
        text.split(separator: ",").map { NodeName(String($0.drop { $0 == " " })) })
    default:
      guard let value = type.plainValue(text) else { return nil }
      self = .value(value)
    }
  }
}
