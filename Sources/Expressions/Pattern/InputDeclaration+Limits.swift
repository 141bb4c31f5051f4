package import Model

extension InputDeclaration {
  /// What a value for this input must be, when `text` is not; nil when it fits. The command line asks too.
  package func mismatch(_ text: String) -> String? {
    if let problem = type.mismatch(text) { return problem }
    if let pattern = limits.pattern, let compiled = try? TextPattern(pattern), !compiled.matches(text) {
      return "a text that matches \(pattern)"
    }
    guard let number = type.number(text) else { return nil }
    if let min = limits.min, number < min.number { return "at least \(min.text)" }
    if let max = limits.max, number > max.number { return "at most \(max.text)" }
    return nil
  }
}
