package import Model

internal import Expressions

/// A node's values: the inventory's own win over the system's defaults, whose texts may refer to other
/// values of the same node.
package func nodeValues(_ node: Node, system: ClusterSystem?) -> Value.Object {
  var values: Value.Object = [
    "name": .string(node.name.rawValue), "address": .string(node.address),
    "state": .string(node.state.rawValue),
  ]
  for (key, value) in node.variables.entries { values[key] = value }
  let defaults = (system?.nodeDefaults ?? []).filter { values[$0.name] == nil }
  for entry in defaults {
    if case .constant(let value) = entry.value { values[entry.name] = value }
  }
  // Texts may need one another in any order; each round settles at least one of them or none is left to.
  var open = defaults.compactMap { entry -> (String, TextTemplate)? in
    guard case .text(let text) = entry.value else { return nil }
    return (entry.name, TextTemplate.parse(text.text).template)
  }
  var progress = true
  while progress, !open.isEmpty {
    let waiting = open.count
    open.removeAll { name, template in
      guard let text = template.rendered(from: values) else { return false }
      values[name] = .string(text)
      return true
    }
    progress = open.count < waiting
  }
  return values
}

extension TextTemplate {
  /// The text with every reference taken from `values`, or nil while one is missing.
  fileprivate func rendered(from values: Value.Object) -> String? {
    struct Missing: Error {}
    return try? render { reference in
      guard let value = Value.object(values).at(reference.path)?.asText else { throw Missing() }
      return value
    }
  }
}

extension Value {
  /// The value at a dotted path, nil as soon as one step of it is absent.
  package func at(_ path: some Collection<String>) -> Value? {
    var value: Value? = self
    for key in path { value = value?[key] }
    return value
  }

  /// How a value reads inside a command or a file; null and absent have no text.
  package var asText: String? {
    switch self {
    case .null: nil
    case .string(let text): text
    default: json()
    }
  }
}
