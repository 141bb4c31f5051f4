import Model

extension YAMLNode {
  /// The node as plain data, with the types of YAML 1.2's core schema; nil, and reported, when JSON could
  /// not hold it.
  func plainValue(_ name: String, _ problems: Problems) -> Value? {
    switch content {
    case .refused: return nil
    case .sequence(let nodes):
      let values = nodes.map { $0.plainValue("an element of \(name)", problems) }
      return values.contains(nil) ? nil : .array(values.compactMap { $0 })
    case .mapping(let entries):
      var object = Value.Object()
      for entry in entries {
        guard let value = entry.value.plainValue(quoted(entry.key.value), problems) else { return nil }
        object[entry.key.value] = value
      }
      return .object(object)
    case .scalar(let scalar):
      switch scalar.coreValue {
      case .null: return .null
      case .bool(let flag): return .bool(flag)
      case .text(let text): return .string(text)
      case .float(let number): return number.isFinite ? .number(number) : refuseNumber(name, problems)
      case .int(let number):
        guard let exact = Double(exactly: number) else { return refuseNumber(name, problems) }
        return .number(exact)
      }
    }
  }

  private func refuseNumber(_ name: String, _ problems: Problems) -> Value? {
    problems.error(
      "inexact-number", "\(name) is a number that cannot be kept exactly", at: location,
      help: "put it in quotes to keep it as a text")
    return nil
  }
}
