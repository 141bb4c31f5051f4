internal import Model

extension Native {
  static let textFunctions: [String: ValueFunction] = [
    "startswith/1": { (value, arguments, evaluator) throws(Interrupt) in
      guard case (.string(let text), .string(let part)) = (value, arguments[0]) else {
        throw .message("startswith() requires string inputs")
      }
      try evaluator.charge(part.utf8.count >> 6)
      return .bool(text.utf8.starts(with: part.utf8))
    },
    "endswith/1": { (value, arguments, evaluator) throws(Interrupt) in
      guard case (.string(let text), .string(let part)) = (value, arguments[0]) else {
        throw .message("endswith() requires string inputs")
      }
      try evaluator.charge(part.utf8.count >> 6)
      return .bool(endsByBytes(text, part))
    },
    "ltrimstr/1": { (value, arguments, evaluator) throws(Interrupt) in
      guard case (.string(let text), .string(let part)) = (value, arguments[0]),
        text.utf8.starts(with: part.utf8)
      else { return value }
      try evaluator.chargeString(bytes: text.utf8.count)
      return .string(String(decoding: text.utf8.dropFirst(part.utf8.count), as: UTF8.self))
    },
    "rtrimstr/1": { (value, arguments, evaluator) throws(Interrupt) in
      guard case (.string(let text), .string(let part)) = (value, arguments[0]), endsByBytes(text, part)
      else { return value }
      try evaluator.chargeString(bytes: text.utf8.count)
      return .string(String(decoding: text.utf8.dropLast(part.utf8.count), as: UTF8.self))
    },
    "split/1": { (value, arguments, evaluator) throws(Interrupt) in
      guard case (.string(let text), .string(let separator)) = (value, arguments[0]) else {
        throw .message("split input and separator must be strings")
      }
      return try evaluator.split(text, separator)
    },
    "ascii_downcase/0": { (value, _, evaluator) throws(Interrupt) in
      try mapBytes(value, evaluator) { (65...90).contains($0) ? $0 + 32 : $0 }
    },
    "ascii_upcase/0": { (value, _, evaluator) throws(Interrupt) in
      try mapBytes(value, evaluator) { (97...122).contains($0) ? $0 - 32 : $0 }
    },
    "explode/0": { (value, _, evaluator) throws(Interrupt) in
      guard case .string(let text) = value else { throw .message("explode input must be a string") }
      try evaluator.charge(text.utf8.count >> 2)
      return .array(text.unicodeScalars.map { .number(Double($0.value)) })
    },
    "implode/0": { (value, _, evaluator) throws(Interrupt) in
      guard case .array(let elements) = value else { throw .message("implode input must be an array") }
      try evaluator.charge(elements.count >> 2)
      var scalars: [Unicode.Scalar] = []
      for element in elements {
        guard case .number(let number) = element else {
          throw .message("\(described(element)) can't be imploded, unicode codepoint needs to be numeric")
        }
        scalars.append(UInt32(exactly: wholeIndex(number)).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}")
      }
      return .string(joined(scalars))
    },
  ]

  static let jsonFunctions: [String: ValueFunction] = [
    "tojson/0": { (value, _, evaluator) throws(Interrupt) in .string(try evaluator.json(value)) },
    "fromjson/0": { (value, _, evaluator) throws(Interrupt) in
      guard case .string(let text) = value else {
        throw .message("\(described(value)) only strings can be parsed")
      }
      try evaluator.charge(text.utf8.count >> 3)
      if let number = try? Expressions.number(from: text) { return number }
      do throws(JSONError) {
        return try JSONReader.parse(text, depthLimit: evaluator.limits.valueDepth)
      } catch {
        throw .message("\(error.message) (while parsing '\(text)')")
      }
    },
  ]

  private static func mapBytes(
    _ value: Value, _ evaluator: Evaluator, _ change: (UInt8) -> UInt8
  ) throws(Interrupt) -> Value {
    guard case .string(let text) = value else { throw .message("explode input must be a string") }
    try evaluator.chargeString(bytes: text.utf8.count)
    return .string(String(decoding: text.utf8.map(change), as: UTF8.self))
  }
}

private func endsByBytes(_ text: String, _ part: String) -> Bool {
  text.utf8.count >= part.utf8.count && text.utf8.suffix(part.utf8.count).elementsEqual(part.utf8)
}
