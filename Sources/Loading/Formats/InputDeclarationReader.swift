package import Model

extension InputDeclaration {
  private enum TypeName: String, CaseIterable {
    case node, string, int, bool, duration, choice
  }

  /// `node: { type: node, state: spare, help: … }`
  static func read(_ entry: YAMLEntry, _ problems: Problems) -> InputDeclaration? {
    let name = entry.key.value
    guard var keys = MappingReader(entry.value, "the input \(quoted(name))", problems) else { return nil }
    let typeName = keys.required("type", Shape<TypeName>.choice)
    let state = keys.optional("state", Shape<NodeState>.choice)
    let choices = keys.optional("choices", .list(of: .string))
    let help = keys.optional("help", .string)
    let standard = keys.optional("default", .text)
    keys.finish()

    if state != nil, let typeName, typeName != .node {
      problems.error(
        "misplaced-key", "\"state\" belongs to an input of type node", at: keys.location(of: "state"))
    }
    if choices != nil, let typeName, typeName != .choice {
      problems.error(
        "misplaced-key", "\"choices\" belongs to an input of type choice", at: keys.location(of: "choices"))
    }
    guard let typeName else { return nil }
    if typeName == .choice, choices?.isEmpty ?? !keys.has("choices") {
      problems.error(
        "missing-key", "\(keys.subject) has no \"choices\"", at: keys.location,
        help: "add \"choices: [a, b]\"")
    }
    let type = inputType(typeName, state: state, choices: choices ?? [])
    return InputDeclaration(
      name: name, type: type, help: help ?? "", defaultText: checkedDefault(standard, for: type, problems),
      location: entry.key.location)
  }

  private static func inputType(_ name: TypeName, state: NodeState?, choices: [String]) -> InputType {
    switch name {
    case .node: .node(state: state)
    case .string: .string
    case .int: .int
    case .bool: .bool
    case .duration: .duration
    case .choice: .choice(choices)
    }
  }

  private static func checkedDefault(
    _ text: ScalarText?, for type: InputType, _ problems: Problems
  ) -> String? {
    guard let text else { return nil }
    if let problem = type.mismatch(text.text) {
      problems.error(
        "bad-default", "\"default\" must be \(problem), found \(quoted(text.text))", at: text.location)
    }
    return text.text
  }
}

extension InputType {
  /// What a value for this input must be, when `text` is not; nil when it fits. The command line asks too.
  package func mismatch(_ text: String) -> String? {
    switch self {
    case .string: nil
    case .int: Int(text) == nil ? "a whole number" : nil
    case .bool: ["true", "false"].contains(text) ? nil : "true or false"
    case .duration: Duration(written: text) == nil ? "a duration such as 30s, 2m or 1m30s" : nil
    case .choice(let choices):
      choices.contains(text) ? nil : "one of \(choices.joined(separator: ", "))"
    case .node: Names.isNodeName(text) ? nil : "a node's name"
    }
  }
}
