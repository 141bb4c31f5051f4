internal import Model

extension Native {
  static let arrayFunctions: [String: ValueFunction] = [
    "keys/0": { (value, _, evaluator) throws(Interrupt) in try keys(value, sorted: true, evaluator) },
    "keys_unsorted/0": { (value, _, evaluator) throws(Interrupt) in try keys(value, sorted: false, evaluator)
    },
    "has/1": { (value, arguments, _) throws(Interrupt) in
      switch (value, arguments[0]) {
      case (.null, .string), (.null, .number): return .bool(false)
      case (.object(let object), .string(let key)): return .bool(object[key] != nil)
      case (.array(let elements), .number(let index)):
        return .bool(index >= 0 && index < Double(elements.count))
      default:
        throw .message("Cannot check whether \(value.typeName) has a \(arguments[0].typeName) key")
      }
    },
    "contains/1": { (value, arguments, evaluator) throws(Interrupt) in
      try evaluator.chargeForSize(of: value)
      try evaluator.chargeForSize(of: arguments[0])
      if case (.array(let whole), .array(let part)) = (value, arguments[0]) {
        try evaluator.charge(whole.count &* part.count)
      }
      return .bool(try value.contains(arguments[0]))
    },
    "reverse/0": { (value, _, evaluator) throws(Interrupt) in
      switch value {
      case .null, .array([]), .string(""), .number(0): return .array([])
      case .object(let object) where object.isEmpty: return .array([])
      case .array(let elements):
        try evaluator.charge(elements.count >> 3)
        return .array(elements.reversed())
      case .bool: throw .message("\(described(value)) has no length")
      default: throw .message("Cannot index \(value.typeName) with number")
      }
    },
    "flatten/0": { (value, _, evaluator) throws(Interrupt) in
      .array(try flattened(value, .infinity, evaluator))
    },
    "flatten/1": { (value, arguments, evaluator) throws(Interrupt) in
      guard case .number(let depth) = arguments[0] else {
        throw .message("flatten depth must be a number, not \(arguments[0].typeName)")
      }
      guard depth >= 0 else { throw .message("flatten depth must not be negative") }
      return .array(try flattened(value, depth, evaluator))
    },
    "transpose/0": { (value, _, evaluator) throws(Interrupt) in try transposed(value, evaluator) },
    "indices/1": { (value, arguments, evaluator) throws(Interrupt) in
      try indices(of: arguments[0], in: value, evaluator)
    },
    "index/1": { (value, arguments, evaluator) throws(Interrupt) in
      try indices(of: arguments[0], in: value, evaluator).member(.number(0))
    },
    "rindex/1": { (value, arguments, evaluator) throws(Interrupt) in
      try indices(of: arguments[0], in: value, evaluator).member(.number(-1))
    },
  ]

  static func keys(
    _ value: Value, sorted: Bool, _ evaluator: Evaluator
  ) throws(Interrupt) -> Value {
    switch value {
    case .array(let elements):
      try evaluator.charge(elements.count >> 2)
      return .array(elements.indices.map { .number(Double($0)) })
    case .object(let object):
      try evaluator.charge(object.count)
      return .array((sorted ? object.sortedKeys : object.keys).map(Value.string))
    default: throw .message("\(described(value)) has no keys")
    }
  }

  private static func flattened(
    _ value: Value, _ depth: Double, _ evaluator: Evaluator
  ) throws(Interrupt) -> [Value] {
    var result: [Value] = []
    try evaluator.iterate(Item(value), false, .hidden) { (element) throws(Interrupt) in
      if case .array = element.value, depth != 0 {
        result += try flattened(element.value, depth - 1, evaluator)
      } else {
        result.append(element.value)
      }
    }
    return result
  }

  /// Rows are read by index, so anything with a length will do for one until an element of it is wanted.
  private static func transposed(_ value: Value, _ evaluator: Evaluator) throws(Interrupt) -> Value {
    var rows: [Value] = []
    var width = 0.0
    try evaluator.iterate(Item(value), false, .hidden) { (row) throws(Interrupt) in
      rows.append(row.value)
      width = max(width, try length(row.value, evaluator).numberValue ?? 0)
    }
    if case .object(let object) = value {
      if object.isEmpty { throw .message("Range bounds must be numeric") }
      if width > 0 { throw .message("Cannot index object with number") }
    }
    var columns: [Value] = []
    for column in 0..<wholeIndex(width.rounded(.up)) {
      try evaluator.charge(1 + rows.count)
      var cells: [Value] = []
      for row in rows { cells.append(try row.member(.number(Double(column)))) }
      columns.append(.array(cells))
    }
    return .array(columns)
  }

  /// jq counts places in strings in bytes.
  private static func indices(
    of wanted: Value, in value: Value, _ evaluator: Evaluator
  ) throws(Interrupt) -> Value {
    try evaluator.chargeForSize(of: value)
    switch (value, wanted) {
    case (.string(let text), .string(let part)):
      try evaluator.charge(text.utf8.count >> 3)
      guard !part.isEmpty else { throw .message("an empty string stands everywhere and has no index") }
      return .array(byteOffsets(of: part, in: text).map { .number(Double($0)) })
    case (.array, .array(let part)):
      try evaluator.charge(part.count)
      return try value.member(wanted)
    case (.array, _): return try value.member(.array([wanted]))
    default: return try value.member(wanted)
    }
  }
}
