internal import Model

extension Native {
  static let orderFunctions: [String: ValueFunction] = [
    "sort/0": { (value, _, evaluator) throws(Interrupt) in
      .array(try sorted(try array(value, "sorted"), evaluator).map(\.value))
    },
    "min/0": { (value, _, evaluator) throws(Interrupt) in
      try extreme(try iterable(value), evaluator, seeking: .less)
    },
    "max/0": { (value, _, evaluator) throws(Interrupt) in
      try extreme(try iterable(value), evaluator, seeking: .greater)
    },
    "unique/0": { (value, _, evaluator) throws(Interrupt) in
      .array(try groups(try keyed(value, evaluator), evaluator).compactMap(\.first))
    },
  ]

  private struct Keyed {
    var key: Value
    var value: Value
  }

  /// The forms that take a key: the key of an element is the array of all values that the argument gives for it.
  static let keyedFunctions: [String: ControlFunction] = [
    "sort_by/1": { (call, emit) throws(Interrupt) in
      let sorted = try sorted(try keyed(call, "sorted, as they are not both arrays"), call.evaluator)
      try emit(call.item.computed(.array(sorted.map(\.value))))
    },
    "group_by/1": { (call, emit) throws(Interrupt) in
      let groups = try groups(
        try keyed(call, "sorted, as they are not both arrays"), call.evaluator)
      try emit(call.item.computed(.array(groups.map { .array($0) })))
    },
    "unique_by/1": { (call, emit) throws(Interrupt) in
      let groups = try groups(
        try keyed(call, "sorted, as they are not both arrays"), call.evaluator)
      try emit(call.item.computed(.array(groups.compactMap(\.first))))
    },
    "min_by/1": { (call, emit) throws(Interrupt) in
      let elements = try keyed(call, "iterated over")
      try emit(call.item.computed(try extreme(elements, call.evaluator, seeking: .less)))
    },
    "max_by/1": { (call, emit) throws(Interrupt) in
      let elements = try keyed(call, "iterated over")
      try emit(call.item.computed(try extreme(elements, call.evaluator, seeking: .greater)))
    },
  ]

  private static func array(_ value: Value, _ what: String) throws(Interrupt) -> [Keyed] {
    guard case .array(let elements) = value else {
      throw .message("\(described(value)) cannot be \(what), as it is not an array")
    }
    return elements.map { Keyed(key: $0, value: $0) }
  }

  private static func iterable(_ value: Value) throws(Interrupt) -> [Keyed] {
    guard case .array(let elements) = value else {
      throw .message("\(described(value)) and \(described(value)) cannot be iterated over")
    }
    return elements.map { Keyed(key: $0, value: $0) }
  }

  private static func keyed(_ value: Value, _ evaluator: Evaluator) throws(Interrupt) -> [Keyed] {
    var keys: [Value] = []
    try evaluator.iterate(Item(value), false, .hidden) { (element) throws(Interrupt) in
      keys.append(.array([element.value]))
    }
    return try pair(keys, with: value, "sorted, as they are not both arrays")
  }

  private static func keyed(_ call: Call, _ what: String) throws(Interrupt) -> [Keyed] {
    var keys: [Value] = []
    try call.evaluator.iterate(Item(call.item.value), false, .hidden) { (element) throws(Interrupt) in
      var key: [Value] = []
      try call.apply(0, element) { (part) in key.append(part.value) }
      keys.append(.array(key))
    }
    return try pair(keys, with: call.item.value, what)
  }

  private static func pair(
    _ keys: [Value], with value: Value, _ what: String
  ) throws(Interrupt) -> [Keyed] {
    guard case .array(let elements) = value else {
      throw .message("\(described(value)) and \(described(.array(keys))) cannot be \(what)")
    }
    return zip(keys, elements).map { Keyed(key: $0, value: $1) }
  }

  /// Sorting pays for every comparison: comparing long values often is what can take long.
  private static func sorted(_ elements: [Keyed], _ evaluator: Evaluator) throws(Interrupt) -> [Keyed] {
    for element in elements { try evaluator.chargeForSize(of: element.key) }
    var stopped: Interrupt?
    let result = elements.sorted { a, b in
      guard stopped == nil else { return false }
      do throws(Interrupt) {
        try evaluator.charge()
        return try evaluator.order(a.key, b.key) == .less
      } catch {
        stopped = error
        return false
      }
    }
    if let stopped { throw stopped }
    return result
  }

  private static func groups(_ elements: [Keyed], _ evaluator: Evaluator) throws(Interrupt) -> [[Value]] {
    var groups: [[Value]] = []
    var previous: Value?
    for element in try sorted(elements, evaluator) {
      if let previous, try evaluator.order(previous, element.key) == .equal {
        groups[groups.count - 1].append(element.value)
      } else {
        groups.append([element.value])
      }
      previous = element.key
    }
    return groups
  }

  /// Among equals the first is the least and the last is the greatest, as in jq.
  private static func extreme(
    _ elements: [Keyed], _ evaluator: Evaluator, seeking: Order
  ) throws(Interrupt) -> Value {
    guard var best = elements.first else { return .null }
    for element in elements.dropFirst() {
      try evaluator.charge()
      let order = try evaluator.order(element.key, best.key)
      if (order == .less) == (seeking == .less) { best = element }
    }
    return best.value
  }
}
