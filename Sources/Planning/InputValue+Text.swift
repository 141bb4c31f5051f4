package import Model

extension InputValue {
  /// A value as it is typed; nil when it is none of this type.
  package init?(_ text: String, as type: InputType) {
    switch type {
    case .node: self = .node(NodeName(text))
    case .string: self = .value(.string(text))
    case .int:
      guard let number = Int(text) else { return nil }
      self = .value(.number(Double(number)))
    case .bool:
      guard text == "true" || text == "false" else { return nil }
      self = .value(.bool(text == "true"))
    case .duration:
      guard Duration(written: text) != nil else { return nil }
      self = .value(.string(text))
    case .choice(let choices):
      guard choices.contains(text) else { return nil }
      self = .value(.string(text))
    }
  }
}
