import Model

/// `dialects: { documented: {}, actual: { node: {…}, observe: {…} } }`: each says only what is different.
struct DialectReader {
  let problems: Problems
  /// What holds in every dialect that does not say otherwise.
  let nodeDefaults: [NodeDefault]
  let observe: ObserveRules
  let readNodeDefaults: (YAMLNode) -> [NodeDefault]
  let readQuestions: (YAMLNode, String, Problems) -> [ObserveRules.Question]?

  func read(_ node: YAMLNode) -> [SystemDialect] {
    let entries = readEntries(node, "\"dialects\"", problems)
    if entries.isEmpty {
      problems.error(
        "no-dialect", "\"dialects\" names none", at: node.location, help: "leave it out, or name them")
    }
    return entries.compactMap(read)
  }

  private func read(_ entry: YAMLEntry) -> SystemDialect? {
    checkIdentifier(entry.key, "the dialect", problems)
    guard var keys = MappingReader(entry.value, "the dialect \(quoted(entry.key.value))", problems) else {
      return nil
    }
    let different = keys.node("node").map(readNodeDefaults) ?? []
    let observe = keys.optional("observe", Shape("a mapping", read: readObserve)) ?? self.observe
    keys.finish()
    return SystemDialect(
      name: entry.key.value, nodeDefaults: merged(different, saying: entry.key.value), observe: observe)
  }

  /// A runbook is checked once, whatever dialect a cluster speaks: all of them know the same names.
  private func merged(_ different: [NodeDefault], saying dialect: String) -> [NodeDefault] {
    var defaults = nodeDefaults
    for entry in different {
      guard let index = defaults.firstIndex(where: { $0.name == entry.name }) else {
        problems.error(
          "unknown-value", "\"node\" of the system has no \(quoted(entry.name)) that could be different",
          at: entry.location,
          help: didYouMean(entry.name, among: defaults.map(\.name)) ?? "add it under \"node\" first")
        continue
      }
      defaults[index] = entry
    }
    return defaults + [NodeDefault(name: Self.variable, value: .constant(.string(dialect)))]
  }

  /// What tells a runbook which dialect it is: `${node.dialect}`.
  static var variable: String { "dialect" }

  private func readObserve(_ node: YAMLNode, _ name: String, _ problems: Problems) -> ObserveRules? {
    guard var keys = MappingReader(node, name, problems) else { return nil }
    var observe = observe
    if let timeout = keys.optional("timeout", .duration) { observe.timeout = timeout }
    for question in keys.optional("ask", Shape("a mapping of names to commands", read: readQuestions)) ?? [] {
      if let index = observe.questions.firstIndex(where: { $0.name == question.name }) {
        observe.questions[index] = question
      } else {
        observe.questions.append(question)
      }
    }
    if let view = keys.optional("view", .text) { observe.view = view }
    if let identify = keys.optional("identify", .text) { observe.identify = identify }
    keys.finish()
    return observe
  }
}

/// Every cluster speaks a dialect that its system has.
func dialectRule(_ system: ClusterSystem, _ clusters: [Cluster]) -> [Diagnostic] {
  clusters.compactMap { cluster in
    guard cluster.system.value == system.name, let dialect = cluster.dialect,
      system.speaking(dialect.value) == nil
    else { return nil }
    let known = system.dialects.map(\.name)
    return Diagnostic(
      .error, "no-such-dialect", "\(system.name) has no dialect \(quoted(dialect.value))",
      at: dialect.location,
      help: didYouMean(dialect.value, among: known)
        ?? (known.isEmpty ? "it has none: leave the line out" : "it has: \(known.joined(separator: ", "))"))
  }
}
