internal import Model

extension Native {
  /// Everyday functions that build one large value out of many parts: in one go, not by adding up copies.
  static let entryFunctions: [String: ValueFunction] = [
    "add/0": { (value, _, evaluator) throws(Interrupt) in
      if let sum = try sumOfAlike(value, evaluator) { return sum }
      var sum = Value.null
      try evaluator.iterate(Item(value), false, .hidden) { (element) throws(Interrupt) in
        sum = try evaluator.add(sum, element.value)
      }
      return sum
    },
    "to_entries/0": { (value, _, evaluator) throws(Interrupt) in
      guard case .array(let keys) = try keys(value, sorted: false, evaluator) else { return .null }
      var entries: [Value] = []
      for key in keys {
        let member = try value.member(key)
        try evaluator.checkDepth(of: member, under: 2)
        entries.append(["key": key, "value": member])
      }
      return .array(entries)
    },
    "from_entries/0": { (value, _, evaluator) throws(Interrupt) in
      var object = Value.Object()
      try evaluator.iterate(Item(value), false, .hidden) { (entry) throws(Interrupt) in
        let (key, member) = try keyAndValue(of: entry.value)
        guard case .string(let name) = key else {
          throw .message("Cannot use \(described(key)) as object key")
        }
        object[name] = member
      }
      return .object(object)
    },
    "join/1": { (value, arguments, evaluator) throws(Interrupt) in
      try join(value, by: arguments[0], evaluator)
    },
  ]

  private static func keyAndValue(of entry: Value) throws(Interrupt) -> (key: Value, value: Value) {
    var key = Value.null
    for name in ["key", "Key", "name", "Name"] where !key.isTruthy {
      key = try entry.member(.string(name))
    }
    if let value = entry["value"] { return (key, value) }
    return (key, try entry.member("Value"))
  }

  /// Elements are texts, numbers, booleans or null; a separator that is no string only matters between two of them.
  private static func join(
    _ value: Value, by separator: Value, _ evaluator: Evaluator
  ) throws(Interrupt) -> Value {
    var joined = ""
    var isFirst = true
    func append(_ part: Value) throws(Interrupt) {
      switch part {
      case .null: break
      case .string(let text):
        joined += text
        try evaluator.charge(1 + text.utf8.count >> 6)
        guard joined.utf8.count <= evaluator.limits.stringBytes else {
          throw .exceeded("the query builds a string of more than \(evaluator.limits.stringBytes) bytes")
        }
      default: throw .message("\(described(.string(joined))) and \(described(part)) cannot be added")
      }
    }
    try evaluator.iterate(Item(value), false, .hidden) { (element) throws(Interrupt) in
      if !isFirst { try append(separator) }
      isFirst = false
      switch element.value {
      case .bool, .number: try append(.string(try evaluator.json(element.value)))
      default: try append(element.value)
      }
    }
    return .string(joined)
  }

  /// The sum of strings only, of arrays only or of objects only.
  private static func sumOfAlike(_ value: Value, _ evaluator: Evaluator) throws(Interrupt) -> Value? {
    guard case .array(let elements) = value, let first = elements.first else { return nil }
    switch first {
    case .string:
      guard elements.allSatisfy({ $0.stringValue != nil }) else { return nil }
      return try join(value, by: .null, evaluator)
    case .array:
      var sum: [Value] = []
      for element in elements {
        guard case .array(let part) = element else { return nil }
        try evaluator.charge(1 + part.count >> 3)
        sum += part
      }
      return .array(sum)
    case .object:
      var sum = Value.Object()
      for element in elements {
        guard case .object(let part) = element else { return nil }
        try evaluator.charge(1 + part.count)
        for (key, member) in part.entries { sum[key] = member }
      }
      return .object(sum)
    default: return nil
    }
  }
}
