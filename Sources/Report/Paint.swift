/// Text from outside with everything that could move the cursor, recolour or reorder made visible.
package func visible(_ text: String) -> String {
  text.unicodeScalars.map(visible).joined()
}

func visible(_ scalar: Unicode.Scalar) -> String {
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
    return "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
  default: return String(Character(scalar))
  }
}

/// Terminal colours, or none.
package struct Paint: Sendable {
  package enum Tone: String, Sendable {
    case error = "1;31"
    case warning = "1;33"
    case good = "32"
    case strong = "1"
    case quiet = "34"
    case dim = "2"
  }

  package let isOn: Bool
  package init(isOn: Bool) { self.isOn = isOn }

  package func callAsFunction(_ text: String, _ tone: Tone) -> String {
    isOn ? "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m" : text
  }
}
