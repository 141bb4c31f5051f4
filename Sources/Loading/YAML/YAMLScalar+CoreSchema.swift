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
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
    case ".nan", ".NaN", ".NAN": return .float(.nan)
    default: return coreInt ?? coreFloat.map { .float($0) } ?? .text(text)
    }
  }

  /// True for a word that YAML 1.1 took for a boolean and YAML 1.2 takes for a text.
  var isLegacyBoolean: Bool {
    isPlain && ["yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
  }

  /// One that is too large for 64 bits is infinite: nobody may take it for a text, or for its neighbour.
  private var coreInt: CoreValue? {
    if text.hasPrefix("0o") { return integer(text.dropFirst(2), radix: 8) }
    if text.hasPrefix("0x") { return integer(text.dropFirst(2), radix: 16) }
    let unsigned = text.drop { $0 == "-" || $0 == "+" }
    guard text.count - unsigned.count <= 1, let size = integer(unsigned, radix: 10) else { return nil }
    return Int(text).map { .int($0) } ?? size
  }

  /// `Int(_:radix:)` alone would also take a sign.
  private func integer(_ digits: Substring, radix: Int) -> CoreValue? {
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.hexDigitValue ?? 16) < radix }) else {
      return nil
    }
    return Int(digits, radix: radix).map { .int($0) } ?? .float(.infinity)
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
