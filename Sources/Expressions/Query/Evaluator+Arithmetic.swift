internal import Model

extension Evaluator {
  func apply(_ operation: BinaryOperator, _ a: Value, _ b: Value) throws(Interrupt) -> Value {
    switch operation {
    case .add: return try add(a, b)
    case .subtract: return try subtract(a, b)
    case .multiply: return try multiply(a, b)
    case .divide: return try divide(a, b)
    case .remainder: return try remainder(a, b)
    case .equal: return .bool(try order(a, b) == .equal)
    case .notEqual: return .bool(try order(a, b) != .equal)
    case .less: return .bool(try order(a, b) == .less)
    case .lessOrEqual: return .bool(try order(a, b) != .greater)
    case .greater: return .bool(try order(a, b) == .greater)
    case .greaterOrEqual: return .bool(try order(a, b) != .less)
    }
  }

  /// Two values cannot differ for longer than the smaller of them lasts.
  func order(_ a: Value, _ b: Value) throws(Interrupt) -> Order {
    try chargeForSize(of: a)
    return Value.order(a, b)
  }

  func add(_ a: Value, _ b: Value) throws(Interrupt) -> Value {
    switch (a, b) {
    case (.null, _): return b
    case (_, .null): return a
    case (.number(let a), .number(let b)): return .number(a + b)
    case (.string(let a), .string(let b)):
      try chargeString(bytes: a.utf8.count + b.utf8.count)
      return .string(a + b)
    case (.array(let a), .array(let b)):
      try charge(1 + (a.count + b.count) >> 6)
      return .array(a + b)
    case (.object(var a), .object(let b)):
      try charge(a.count >> 4 + b.count)
      for (key, value) in b.entries { a[key] = value }
      return .object(a)
    default: throw .message("\(described(a)) and \(described(b)) cannot be added")
    }
  }

  private func subtract(_ a: Value, _ b: Value) throws(Interrupt) -> Value {
    switch (a, b) {
    case (.number(let a), .number(let b)): return .number(a - b)
    case (.array(let elements), .array(let unwanted)):
      try charge(elements.count &* unwanted.count)
      var kept: [Value] = []
      for element in elements {
        var isUnwanted = false
        for other in unwanted where !isUnwanted { isUnwanted = try order(element, other) == .equal }
        if !isUnwanted { kept.append(element) }
      }
      return .array(kept)
    default: throw .message("\(described(a)) and \(described(b)) cannot be subtracted")
    }
  }

  private func multiply(_ a: Value, _ b: Value) throws(Interrupt) -> Value {
    switch (a, b) {
    case (.number(let a), .number(let b)): return .number(a * b)
    case (.string(let text), .number(let times)), (.number(let times), .string(let text)):
      guard times > 0 else { return .null }
      let count = max(1, wholeIndex(times))
      guard count <= limits.stringBytes else { throw .exceeded("the query repeats a string too often") }
      try chargeString(bytes: text.utf8.count.multipliedReportingOverflow(by: count).partialValue)
      return .string(String(repeating: text, count: count))
    case (.object(let a), .object(let b)): return .object(try merge(a, b))
    default: throw .message("\(described(a)) and \(described(b)) cannot be multiplied")
    }
  }

  private func merge(_ a: Value.Object, _ b: Value.Object) throws(Interrupt) -> Value.Object {
    var merged = a
    for (key, new) in b.entries {
      try charge()
      if case .object(let new) = new, case .object(let old) = merged[key] ?? .null {
        merged[key] = .object(try merge(old, new))
      } else {
        merged[key] = new
      }
    }
    return merged
  }

  private func divide(_ a: Value, _ b: Value) throws(Interrupt) -> Value {
    switch (a, b) {
    case (.number(let dividend), .number(let divisor)):
      guard divisor != 0 else {
        throw .message("\(described(a)) and \(described(b)) cannot be divided because the divisor is zero")
      }
      return .number(dividend / divisor)
    case (.string(let text), .string(let separator)): return try split(text, separator)
    default: throw .message("\(described(a)) and \(described(b)) cannot be divided")
    }
  }

  private func remainder(_ a: Value, _ b: Value) throws(Interrupt) -> Value {
    guard case (.number(let dividend), .number(let divisor)) = (a, b) else {
      throw .message("\(described(a)) and \(described(b)) cannot be divided (remainder)")
    }
    let whole = machineInteger(divisor)
    guard whole != 0 else {
      throw .message(
        "\(described(a)) and \(described(b)) cannot be divided (remainder) because the divisor is zero")
    }
    return .number(Double(whole == -1 ? 0 : machineInteger(dividend) % whole))
  }

  func split(_ text: String, _ separator: String) throws(Interrupt) -> Value {
    try chargeString(bytes: text.utf8.count)
    if text.isEmpty { return .array([]) }
    if separator.isEmpty {
      try charge(text.utf8.count >> 3)
      return .array(text.unicodeScalars.map { .string(String($0)) })
    }
    let bytes = Array(text.utf8)
    var parts: [Value] = []
    var start = 0
    for offset in byteOffsets(of: separator, in: text) {
      parts.append(.string(String(decoding: bytes[start..<offset], as: UTF8.self)))
      start = offset + separator.utf8.count
    }
    parts.append(.string(String(decoding: bytes[start...], as: UTF8.self)))
    try charge(parts.count)
    return .array(parts)
  }

  // MARK: Sizes

  /// Pays for a walk over the whole of `value`.
  func chargeForSize(of value: Value) throws(Interrupt) {
    switch value {
    case .null, .bool, .number: break
    case .string(let text): try charge(text.utf8.count >> 6)
    case .array(let elements):
      try charge(elements.count >> 3)
      for element in elements { try chargeForSize(of: element) }
    case .object(let object):
      try charge(1 + object.count >> 2)
      for (_, element) in object.entries { try chargeForSize(of: element) }
    }
  }

  /// Pays for copying the outermost level of `value`.
  func chargeForCopy(of value: Value) throws(Interrupt) {
    switch value {
    case .array(let elements): try charge(elements.count >> 6)
    case .object(let object): try charge(object.count >> 4)
    default: break
    }
  }

  /// Refuses to put `value` below `levels` of a value when that would nest too deeply: whoever walks a value, or only
  /// lets go of it, does so by recursion.
  func checkDepth(of value: Value, under levels: Int) throws(Interrupt) {
    guard levels <= limits.valueDepth else {
      throw .exceeded("the query builds a value nested more than \(limits.valueDepth) levels deep")
    }
    switch value {
    case .null, .bool, .number, .string: break
    case .array(let elements):
      try charge(1 + elements.count >> 3)
      for element in elements { try checkDepth(of: element, under: levels + 1) }
    case .object(let object):
      try charge(1 + object.count >> 3)
      for (_, element) in object.entries { try checkDepth(of: element, under: levels + 1) }
    }
  }
}

/// A number as C casts it to a 64-bit integer on this machine.
private func machineInteger(_ number: Double) -> Int64 {
  Int64(exactly: number.rounded(.towardZero)) ?? .min
}

/// A value in a message: its type and the beginning of its text.
func described(_ value: Value) -> String { "\(value.typeName) (\(value.excerpt(limit: 14)))" }

extension Value {
  /// The first bytes of the value's JSON, cut as jq cuts them.
  func excerpt(limit: Int) -> String {
    var bytes: [UInt8] = []
    write(into: &bytes, limit: limit + 1)
    guard bytes.count > limit else { return String(decoding: bytes, as: UTF8.self) }
    return String(decoding: bytes.prefix(limit - 3), as: UTF8.self) + "..."
  }
}
