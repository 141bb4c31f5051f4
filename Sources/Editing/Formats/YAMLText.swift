import Model

func yamlText(_ value: SettingValue) -> String {
  switch value {
  case .string(let text): yamlText(text)
  case .integer(let number): "\(number)"
  case .float(let number): yamlNumber(number)
  case .bool(let flag): flag ? "true" : "false"
  case .list(let elements): "[" + elements.map { yamlText($0) }.joined(separator: ", ") + "]"
  }
}

/// Plain where no YAML, old or new, takes it for anything but a text; else in double quotes, whose escapes are those of JSON.
func yamlText(_ text: String) -> String {
  if isPlainText(text) { return text }
  var written = ""
  for scalar in jsonText(text).unicodeScalars {
    if isUnprintable(scalar) {
      let digits = String(scalar.value, radix: 16, uppercase: true)
      written += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    } else {
      written.unicodeScalars.append(scalar)
    }
  }
  return written
}

/// What YAML 1.1 takes for the end of a line, or for no text at all.
private func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: true
  default: false
  }
}

private func isPlainText(_ text: String) -> Bool {
  guard let first = text.utf8.first, first.isWordCharacter || first == UInt8(ascii: "/"),
    !(0x30...0x39).contains(first)
  else { return false }
  let allowed = Array("/.-+@%".utf8)
  return text.utf8.allSatisfy { $0.isWordCharacter || allowed.contains($0) }
    && !wordsWithMeaning.contains(text.lowercased())
}

private let wordsWithMeaning: Set<String> = [
  "true", "false", "yes", "no", "on", "off", "y", "n", "null", "_",
]

/// YAML 1.1 takes a number for one of floating point only with a point and a signed exponent.
private func yamlNumber(_ number: Double) -> String {
  let digits = jsonNumber(number)
  if digits.contains(".") { return digits }
  guard let exponent = digits.firstIndex(of: "e") else { return digits + ".0" }
  return digits[..<exponent] + ".0" + digits[exponent...]
}

/// What a plain scalar on one line certainly means; nil when versions of YAML differ, or it is null.
func yamlScalar(_ text: String) -> SettingValue? {
  switch text {
  case "true", "True", "TRUE": return .bool(true)
  case "false", "False", "FALSE": return .bool(false)
  default: break
  }
  guard let first = text.utf8.first else { return nil }
  let isNumberLike = (0x30...0x39).contains(first) || "+-.".utf8.contains(first)
  guard isNumberLike else { return isPlainText(text) ? .string(text) : nil }
  let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
  guard !digits.hasPrefix("0") || digits == "0" || digits.hasPrefix("0.") else { return nil }
  if digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return Int(text).map { .integer($0) } }
  let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
  let isPlainFloat =
    parts.count == 2
    && parts.allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
  return isPlainFloat ? Double(text).map { .float($0) } : nil
}
