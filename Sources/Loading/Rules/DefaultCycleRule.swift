import Expressions
import Model

/// A node's values may refer to each other, but not in a circle.
func defaultCycleRule(_ system: ClusterSystem) -> [Diagnostic] {
  var needs: [String: [String]] = [:]
  var texts: [(name: String, text: ScalarText)] = []
  for entry in system.nodeDefaults {
    guard case .text(let text) = entry.value else { continue }
    needs[entry.name] = TextTemplate.parse(text.text).template.references.compactMap(\.path.first)
    texts.append((entry.name, text))
  }
  var settled: Set<String> = []
  return texts.compactMap { name, text in
    guard !settled.contains(name), let circle = circle(through: name, needs) else { return nil }
    settled.formUnion(circle)
    return Diagnostic(
      .error, "cycle", "these values need each other: \((circle + [name]).joined(separator: " -> "))",
      at: text.location, help: "write one of them out")
  }
}
