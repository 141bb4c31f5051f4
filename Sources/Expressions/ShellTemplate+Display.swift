/// What is common to everything that shows a command before all of it is known.
extension ShellTemplate {
  package var references: [Reference] {
    parts.compactMap { if case .reference(let reference, _, _, _) = $0 { reference } else { nil } }
  }

  /// The command with what is known quoted in place, and `${path}` where a value comes later.
  package func display(_ value: (Reference) -> String?) throws -> String {
    // A word of safe characters is never quoted, so that it can hold the place of what comes later.
    var later: [String: String] = [:]
    var text = try render { reference in
      if let known = value(reference) { return known }
      let mark = "belay0later\(later.count)x"
      later[mark] = "${\(reference.text)}"
      return mark
    }
    for (mark, shown) in later { text = text.replacing(mark, with: shown) }
    return text
  }
}
