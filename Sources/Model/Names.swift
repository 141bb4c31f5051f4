/// What the names in our formats may look like: one place, so that every format agrees.
package enum Names {
  /// Inputs, steps, outputs and loop variables: `${…}` and `$…` must be able to name them.
  package static func isIdentifier(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetter(first) || first == underscore else { return false }
    return text.utf8.count <= 64 && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == underscore }
  }

  /// Nodes and clusters: never an option, never anything a shell or a terminal reads as more than a word.
  package static func isNodeName(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetter(first) || isDigit(first) else { return false }
    return text.utf8.count <= 253
      && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "._-".utf8.contains($0) }
  }

  /// A host name, an IPv4 or an IPv6 address, perhaps with a zone.
  package static func isHost(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetter(first) || isDigit(first) || first == colon else {
      return false
    }
    return text.utf8.count <= 253
      && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "._-:%".utf8.contains($0) }
  }

  package static func isUser(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetter(first) || isDigit(first) || first == underscore else {
      return false
    }
    return text.utf8.count <= 64
      && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "._-@$".utf8.contains($0) }
  }

  /// Systems, runbooks' own names and verbs: `add-node`.
  package static func isKebab(_ text: String) -> Bool {
    guard text.utf8.count <= 64 else { return false }
    return text.split(separator: "-", omittingEmptySubsequences: false).enumerated().allSatisfy {
      index, word in
      guard let first = word.utf8.first, isLowercase(first) || (index > 0 && isDigit(first)) else {
        return false
      }
      return word.utf8.allSatisfy { isLowercase($0) || isDigit($0) }
    }
  }

  private static let underscore = UInt8(ascii: "_")
  private static let colon = UInt8(ascii: ":")
  private static func isLowercase(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
  private static func isLetter(_ byte: UInt8) -> Bool {
    isLowercase(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }
  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
