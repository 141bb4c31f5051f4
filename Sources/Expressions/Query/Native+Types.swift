internal import Glibc
internal import Model

extension Native {
  static let typeFunctions: [String: ValueFunction] = [
    "not/0": { (value, _, _) in .bool(!value.isTruthy) },
    "type/0": { (value, _, _) in .string(value.typeName) },
    "length/0": { (value, _, evaluator) throws(Interrupt) in try length(value, evaluator) },
    "utf8bytelength/0": { (value, _, _) throws(Interrupt) in
      guard case .string(let text) = value else {
        throw .message("\(described(value)) only strings have UTF-8 byte length")
      }
      return .number(Double(text.utf8.count))
    },
    "isinfinite/0": { (value, _, _) in .bool(value.numberValue?.isInfinite ?? false) },
    "isnan/0": { (value, _, _) in .bool(value.numberValue?.isNaN ?? false) },
    "isnormal/0": { (value, _, _) in .bool(value.numberValue?.isNormal ?? false) },
    "isfinite/0": { (value, _, _) in .bool(value.numberValue.map { !$0.isInfinite } ?? false) },
    "tonumber/0": { (value, _, evaluator) throws(Interrupt) in
      switch value {
      case .number: return value
      case .string(let text):
        try evaluator.chargeString(bytes: text.utf8.count)
        return try Expressions.number(from: text)
      default: throw .message("\(described(value)) cannot be parsed as a number")
      }
    },
    "tostring/0": { (value, _, evaluator) throws(Interrupt) in .string(try evaluator.text(value)) },
  ]

  static let mathFunctions: [String: ValueFunction] = [
    "floor/0": math { $0.rounded(.down) },
    "ceil/0": math { $0.rounded(.up) },
    "trunc/0": math { $0.rounded(.towardZero) },
    "round/0": math { $0.rounded(.toNearestOrAwayFromZero) },
    "sqrt/0": math { $0.squareRoot() },
    "fabs/0": math { abs($0) },
    "log/0": math { log($0) },
    "log2/0": math { log2($0) },
    "log10/0": math { log10($0) },
    "exp/0": math { exp($0) },
    "exp2/0": math { exp2($0) },
    "cbrt/0": math { cbrt($0) },
    "pow/2": { (_, arguments, _) throws(Interrupt) in
      .number(pow(try operand(arguments[0]), try operand(arguments[1])))
    },
    "now/0": { (_, _, _) in .number(wallClock()) },
  ]

  private static func math(_ function: @escaping @Sendable (Double) -> Double) -> ValueFunction {
    { (value, _, _) throws(Interrupt) in .number(function(try operand(value))) }
  }

  private static func operand(_ value: Value) throws(Interrupt) -> Double {
    guard case .number(let number) = value else { throw .message("\(described(value)) number required") }
    return number
  }

  static func length(_ value: Value, _ evaluator: Evaluator) throws(Interrupt) -> Value {
    switch value {
    case .null: return .number(0)
    case .bool: throw .message("\(described(value)) has no length")
    case .number(let number): return .number(abs(number))
    case .string(let text):
      try evaluator.charge(text.utf8.count >> 6)
      return .number(Double(text.unicodeScalars.count))
    case .array(let elements): return .number(Double(elements.count))
    case .object(let object): return .number(Double(object.count))
    }
  }
}

private func wallClock() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec / 1000) / 1e6
}

extension Evaluator {
  /// A string as it is, anything else as JSON.
  func text(_ value: Value) throws(Interrupt) -> String {
    if case .string(let text) = value { return text }
    return try json(value)
  }

  func json(_ value: Value) throws(Interrupt) -> String {
    var bytes: [UInt8] = []
    value.write(into: &bytes, limit: limits.stringBytes + 1)
    try chargeString(bytes: bytes.count)
    return String(decoding: bytes, as: UTF8.self)
  }
}
