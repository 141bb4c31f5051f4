import Model

/// What YAML 1.2's core schema makes of a plain scalar.
enum CoreValue: Equatable {
  case null
  case bool(Bool)
  case int(Int)
  case float(Double)
  case text(String)
}

extension YAMLScalar {
  var coreValue: CoreValue {
    guard isPlain else { return .text(text) }
    if isNull { return .null }
    switch text {
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: return coreInt.map { .int($0) } ?? coreFloat.map { .float($0) } ?? .text(text)
    }
  }

  /// True for a word that YAML 1.1 took for a boolean and YAML 1.2 takes for a text.
  var isLegacyBoolean: Bool {
    isPlain && ["yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
  }

  private var coreInt: Int? {
    if text.hasPrefix("0o") { return digits(text.dropFirst(2), radix: 8) }
    if text.hasPrefix("0x") { return digits(text.dropFirst(2), radix: 16) }
    let unsigned = text.drop { $0 == "-" || $0 == "+" }
    guard text.count - unsigned.count <= 1, digits(unsigned, radix: 10) != nil else { return nil }
    return Int(text)
  }

  /// `Int(_:radix:)` alone would also take a sign.
  private func digits(_ text: Substring, radix: Int) -> Int? {
    guard let first = text.first, first.isHexDigit else { return nil }
    return Int(text, radix: radix)
  }

  private var coreFloat: Double? {
    let allowed = text.utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "+-.eE".utf8.contains($0)
    }
    guard allowed, text.utf8.contains(where: { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return Double(text)
  }
}
