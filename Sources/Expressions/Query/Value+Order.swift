internal import Model

enum Order: Sendable { case less, equal, greater }

extension Value {
  /// jq's order over all values: null, false, true, numbers, strings, arrays, objects.
  /// A NaN on the left is less than every number, and never equal to one.
  static func order(_ a: Value, _ b: Value) -> Order {
    switch (a, b) {
    case (.number(let a), .number(let b)):
      return a < b ? .less : (a == b ? .equal : (a.isNaN ? .less : .greater))
    case (.string(let a), .string(let b)):
      return sameBytes(a, b) ? .equal : (precedesByBytes(a, b) ? .less : .greater)
    case (.array(let a), .array(let b)): return order(a, b)
    case (.object(let a), .object(let b)): return order(a, b)
    default: return order(a.rank, b.rank)
    }
  }

  private var rank: Int {
    switch self {
    case .null: 0
    case .bool(false): 1
    case .bool(true): 2
    case .number: 3
    case .string: 4
    case .array: 5
    case .object: 6
    }
  }

  private static func order<Number: Comparable>(_ a: Number, _ b: Number) -> Order {
    a < b ? .less : (a == b ? .equal : .greater)
  }

  private static func order(_ a: [Value], _ b: [Value]) -> Order {
    for (a, b) in zip(a, b) {
      let order = order(a, b)
      if order != .equal { return order }
    }
    return order(a.count, b.count)
  }

  /// The sorted keys decide first, then the values in the order of the keys.
  private static func order(_ a: Object, _ b: Object) -> Order {
    let keys = a.sortedKeys
    let byKeys = order(keys.map(Value.string), b.sortedKeys.map(Value.string))
    if byKeys != .equal { return byKeys }
    for key in keys {
      let order = order(a[key] ?? .null, b[key] ?? .null)
      if order != .equal { return order }
    }
    return .equal
  }

  /// Whether `part` is in this value, as `contains` means it.
  func contains(_ part: Value) throws(Interrupt) -> Bool {
    switch (self, part) {
    case (.object(let whole), .object(let part)):
      for (key, wanted) in part.entries {
        guard let own = whole[key], try own.containsOrEquals(wanted) else { return false }
      }
      return true
    case (.array(let whole), .array(let part)):
      for wanted in part {
        var found = false
        for element in whole where !found { found = try element.containsOrEquals(wanted) }
        if !found { return false }
      }
      return true
    case (.string(let whole), .string(let part)):
      return part.isEmpty || !byteOffsets(of: part, in: whole, firstOnly: true).isEmpty
    default:
      guard rank == part.rank else {
        throw .message("\(described(self)) and \(described(part)) cannot have their containment checked")
      }
      return Value.order(self, part) == .equal
    }
  }

  private func containsOrEquals(_ part: Value) throws(Interrupt) -> Bool {
    switch (self, part) {
    case (.object, .object), (.array, .array), (.string, .string): try contains(part)
    default: Value.order(self, part) == .equal
    }
  }
}

/// Where `part` stands in `whole`, in bytes; the search goes on behind each place.
func byteOffsets(of part: String, in whole: String, firstOnly: Bool = false) -> [Int] {
  let part = Array(part.utf8)
  let whole = Array(whole.utf8)
  guard let first = part.first, part.count <= whole.count else { return [] }
  var offsets: [Int] = []
  var start = 0
  while start <= whole.count - part.count {
    if whole[start] == first, whole[start..<start + part.count].elementsEqual(part) {
      offsets.append(start)
      if firstOnly { break }
      start += part.count
    } else {
      start += 1
    }
  }
  return offsets
}
