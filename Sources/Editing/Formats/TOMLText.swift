import Model

/// A number or boolean as TOML writes it; nil for anything else.
func tomlScalar(_ text: String) -> SettingValue? {
  if text == "true" { return .bool(true) }
  if text == "false" { return .bool(false) }
  let digits = text.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
  // An underscore stands between two digits.
  guard digits.allSatisfy({ ($0.first?.isWordCharacter ?? false) || digits.count == 1 }),
    digits.dropLast().allSatisfy({ $0.last.map { $0.isWordCharacter } ?? false })
  else { return nil }
  let plain = text.replacing("_", with: "")
  let unsigned = plain.hasPrefix("+") || plain.hasPrefix("-") ? plain.dropFirst() : plain[...]
  for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where plain.hasPrefix(prefix) {
    let body = plain.dropFirst(2)
    guard body.first?.isHexDigit ?? false else { return nil }
    return Int(body, radix: radix).map { .integer($0) }
  }
  let whole = unsigned.prefix { $0.isASCII && $0.isNumber }
  guard !whole.isEmpty, whole == "0" || !whole.hasPrefix("0") else { return nil }
  if whole.count == unsigned.count { return Int(plain).map { .integer($0) } }
  var rest = unsigned.dropFirst(whole.count)
  if rest.first == "." {
    let fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
    guard !fraction.isEmpty else { return nil }
    rest = rest.dropFirst(fraction.count + 1)
  }
  if rest.first == "e" || rest.first == "E" {
    rest = rest.dropFirst()
    if rest.first == "+" || rest.first == "-" { rest = rest.dropFirst() }
    guard !rest.isEmpty, rest.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    rest = rest.dropFirst(rest.count)
  }
  guard rest.isEmpty, let number = Double(plain), number.isFinite else { return nil }
  return .float(number)
}

/// Numbers that no setting of ours can be, yet that a file may hold.
func isTOMLSpecialNumber(_ text: String) -> Bool {
  let unsigned = text.hasPrefix("+") || text.hasPrefix("-") ? text.dropFirst() : text[...]
  return unsigned == "inf" || unsigned == "nan"
    || (text.utf8.count > 18 && unsigned.utf8.allSatisfy { (0x30...0x39).contains($0) })
}

/// Dates and times by their outline: nothing of ours computes with them.
func isTOMLDate(_ text: String) -> Bool {
  let bytes = Array(text.utf8)
  func isOutline(_ outline: StaticString, at offset: Int) -> Bool {
    let wanted = Array("\(outline)".utf8)
    guard bytes.count >= offset + wanted.count else { return false }
    return wanted.indices.allSatisfy { index in
      let byte = bytes[offset + index]
      return wanted[index] == UInt8(ascii: "0") ? (0x30...0x39).contains(byte) : byte == wanted[index]
    }
  }
  if isOutline("00:00:00", at: 0) { return true }
  guard isOutline("0000-00-00", at: 0) else { return false }
  return bytes.count == 10 || isOutline("00:00:00", at: 11)
}

func tomlText(_ value: SettingValue) -> String {
  switch value {
  case .string(let text): return tomlText(text)
  case .integer(let number): return "\(number)"
  case .float(let number):
    let digits = jsonNumber(number)
    return digits.contains(where: { $0 == "." || $0 == "e" }) ? digits : digits + ".0"
  case .bool(let flag): return flag ? "true" : "false"
  case .list(let elements): return "[" + elements.map { tomlText($0) }.joined(separator: ", ") + "]"
  }
}

func tomlKey(_ name: String) -> String {
  let isBare = !name.isEmpty && name.utf8.allSatisfy { $0.isWordCharacter || $0 == .dash }
  return isBare ? name : tomlText(name)
}

/// A basic string; its escapes are those of JSON but for `\/`.
private func tomlText(_ text: String) -> String { jsonText(text) }
