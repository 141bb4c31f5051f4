import Expressions
import Model

extension InputDeclaration {
  private enum TypeName: String, CaseIterable {
    case node, nodes, cluster, string, int, bool, duration, size, percent, choice, secret
  }

  /// Which keys mean something for which types only.
  private static let keysOfTypes: [(key: String, types: [TypeName])] = [
    ("state", [.node, .nodes]), ("choices", [.choice]), ("pattern", [.string, .secret]),
    ("min", [.int, .duration, .size, .percent]), ("max", [.int, .duration, .size, .percent]),
  ]

  /// `node: { type: node, state: spare, help: … }`
  static func read(_ entry: YAMLEntry, _ problems: Problems) -> InputDeclaration? {
    let name = entry.key.value
    guard var keys = MappingReader(entry.value, "the input \(quoted(name))", problems) else { return nil }
    let typeName = keys.required("type", Shape<TypeName>.choice)
    let state = keys.optional("state", Shape<NodeState>.choice)
    let choices = keys.optional("choices", .list(of: .string))
    let pattern = keys.optional("pattern", .text)
    let bounds = (min: keys.optional("min", .text), max: keys.optional("max", .text))
    let help = keys.optional("help", .string)
    let standard = keys.optional("default", .text)
    keys.finish()

    guard let typeName else { return nil }
    for (key, types) in keysOfTypes where keys.has(key) && !types.contains(typeName) {
      let words = types.map(\.rawValue).joined(separator: ", ")
      problems.error(
        "misplaced-key", "\"\(key)\" belongs to an input of type \(words)", at: keys.location(of: key))
    }
    if typeName == .choice, choices?.isEmpty ?? !keys.has("choices") {
      problems.error(
        "missing-key", "\(keys.subject) has no \"choices\"", at: keys.location,
        help: "add \"choices: [a, b]\"")
    }
    var input = InputDeclaration(
      name: name, type: inputType(typeName, state: state, choices: choices ?? []), help: help ?? "",
      defaultText: standard?.text, location: entry.key.location)
    input.limits.pattern = checkedPattern(pattern, problems)
    input.limits.min = input.bound("min", bounds.min, problems)
    input.limits.max = input.bound("max", bounds.max, problems)
    if let min = input.limits.min, let max = input.limits.max, min.number > max.number {
      problems.error(
        "empty-range", "nothing is at least \(min.text) and at most \(max.text)", at: bounds.max?.location,
        help: "swap \"min\" and \"max\"")
    } else {
      input.checkDefault(standard, problems)
    }
    return input
  }

  private static func inputType(_ name: TypeName, state: NodeState?, choices: [String]) -> InputType {
    switch name {
    case .node: .node(state: state)
    case .nodes: .nodes(state: state)
    case .cluster: .cluster
    case .string: .string
    case .int: .int
    case .bool: .bool
    case .duration: .duration
    case .size: .size
    case .percent: .percent
    case .choice: .choice(choices)
    case .secret: .secret
    }
  }

  private static func checkedPattern(_ text: ScalarText?, _ problems: Problems) -> String? {
    guard let text else { return nil }
    do {
      _ = try TextPattern(text.text)
      return text.text
    } catch {
      problems.error("bad-pattern", "the pattern cannot be read: \(error.message)", at: text.location)
      return nil
    }
  }

  /// Nil also when the type has no bounds: that is reported as a misplaced key.
  private func bound(_ key: String, _ text: ScalarText?, _ problems: Problems) -> InputLimits.Bound? {
    guard let text else { return nil }
    if let number = type.number(text.text) { return InputLimits.Bound(text.text, number) }
    if let problem = type.mismatch(text.text) {
      problems.error(
        "bad-bound", "\"\(key)\" must be \(problem), found \(quoted(text.text))", at: text.location)
    }
    return nil
  }

  private func checkDefault(_ text: ScalarText?, _ problems: Problems) {
    guard let text else { return }
    if type == .secret {
      problems.error(
        "misplaced-key", "a secret has no \"default\": everybody who reads the file would know it",
        at: text.location,
        help: "remove it; the operator gives it with --set \(name)=@FILE or BELAY_VAR_\(name)")
    } else if let problem = mismatch(text.text) {
      problems.error(
        "bad-default", "\"default\" must be \(problem), found \(quoted(text.text))", at: text.location)
    }
  }
}
