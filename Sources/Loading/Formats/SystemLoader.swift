package import Model

/// Reads and checks a `system.yaml`. `name` is its directory's name; nil when the path says nothing.
package func loadSystem(_ file: SourceFile, name: SystemName? = nil) -> LoadResult<ClusterSystem> {
  let problems = Problems()
  let reader = SystemReader(problems: problems, expectedName: name, source: file)
  let system = YAMLReader.read(file, problems).flatMap(reader.read)
  return LoadResult(system, problems, sources: [file])
}

struct SystemReader {
  let problems: Problems
  let expectedName: SystemName?
  var source: SourceFile?

  func read(_ root: YAMLNode) -> ClusterSystem? {
    guard var keys = MappingReader(root, "the system", problems) else { return nil }
    let name = keys.required("system", Shape<String>.systemName.located())
    let summary = keys.required("summary", .string)
    let defaults = keys.node("node").map(readNodeDefaults) ?? []
    let observe = keys.required(
      "observe", Shape("a mapping with \"ask\", \"view\" and \"identify\"", read: readObserve))
    let wipeable = keys.optional("wipe", Shape("a mapping with \"allow\"", read: readWipe)) ?? []
    let hasVotes = keys.optional("votes", .flag) ?? true
    let guards = keys.node("guards").map { readEntries($0, "\"guards\"", problems) } ?? []
    let declared = guards.compactMap { SystemGuard.read($0, problems) }
    let dialects = keys.node("dialects").flatMap { node in
      observe.map { dialectReader(defaults, $0).read(node) }
    }
    keys.finish()
    if let name, let expectedName, name.value != expectedName.rawValue {
      problems.error(
        "wrong-name", "the file is the system \(expectedName) by its path, but calls itself \(name.value)",
        at: name.location, help: "write \"system: \(expectedName)\", or move the file")
    }
    guard let name, let summary, let observe else { return nil }
    let written = ClusterSystem(
      name: SystemName(name.value), summary: summary, nodeDefaults: defaults, observe: observe,
      wipeable: wipeable, hasVotes: hasVotes, guards: declared, dialects: dialects ?? [],
      location: keys.location)
    let system = written.speaking(dialects?.first?.name) ?? written
    check(system)
    if let source { lint(system, in: source).forEach(problems.report) }
    return system
  }

  /// What is wrong in every dialect is said once.
  private func check(_ system: ClusterSystem) {
    var said: Set<Diagnostic> = []
    for variant in [system] + system.dialects.dropFirst().compactMap({ system.speaking($0.name) }) {
      for diagnostic in checkRules(variant) where said.insert(diagnostic).inserted {
        problems.report(diagnostic)
      }
    }
  }

  private func dialectReader(_ defaults: [NodeDefault], _ observe: ObserveRules) -> DialectReader {
    DialectReader(
      problems: problems, nodeDefaults: defaults, observe: observe, readNodeDefaults: readNodeDefaults,
      readQuestions: readQuestions)
  }

  /// `node: { client_port: 2379, client_url: "http://${address}:${client_port}" }`
  private func readNodeDefaults(_ node: YAMLNode) -> [NodeDefault] {
    readEntries(node, "\"node\"", problems).compactMap { entry in
      checkNodeVariable(entry.key, problems)
      return readDefaultValue(entry.value, quoted(entry.key.value))
        .map { NodeDefault(name: entry.key.value, value: $0, location: entry.key.location) }
    }
  }

  private func readDefaultValue(_ node: YAMLNode, _ name: String) -> NodeDefaultValue? {
    if case .scalar(let scalar) = node.content, case .text(let text) = scalar.coreValue {
      return .text(ScalarText(text, at: node.location, layout: scalar.layout))
    }
    return node.plainValue(name, problems).map { .constant($0) }
  }

  /// `wipe: { allow: [/var/lib/etcd] }`
  private func readWipe(_ node: YAMLNode, _ name: String, _ problems: Problems) -> [String]? {
    guard var keys = MappingReader(node, name, problems) else { return nil }
    let path = Shape<String>.matching(
      "a directory such as /var/lib/etcd", schema: Names.schema(pattern: Names.pathPattern)
    ) { pathProblem($0) == nil }
    let allow = keys.required("allow", .list(of: path))
    keys.finish()
    return allow
  }

  private func readObserve(_ node: YAMLNode, _ name: String, _ problems: Problems) -> ObserveRules? {
    guard var keys = MappingReader(node, name, problems) else { return nil }
    let timeout = keys.optional("timeout", .duration)
    let questions = keys.required("ask", Shape("a mapping of names to commands", read: readQuestions))
    let view = keys.required("view", .text)
    let identify = keys.required("identify", .text)
    keys.finish()
    guard let questions, let view, let identify else { return nil }
    return ObserveRules(
      questions: questions, view: view, identify: identify, timeout: timeout ?? .seconds(10))
  }

  private func readQuestions(
    _ node: YAMLNode, _ name: String, _ problems: Problems
  ) -> [ObserveRules.Question]? {
    readEntries(node, name, problems).compactMap { entry in
      checkIdentifier(entry.key, "the question", problems)
      guard var keys = MappingReader(entry.value, "the question \(quoted(entry.key.value))", problems) else {
        return nil
      }
      let run = keys.required("run", .text)
      let parse = keys.optional("parse", .outputFormat)
      keys.finish()
      return run.map { .init(name: entry.key.value, run: $0, parse: parse ?? .text) }
    }
  }
}

/// Names of node values must be nameable in `${node.…}` and must not hide what every node has.
func checkNodeVariable(_ name: Located<String>, _ problems: Problems) {
  checkIdentifier(name, "the value", problems)
  guard Scope.builtInNodeFields.contains(name.value) else { return }
  problems.error(
    "reserved-name", "\"\(name.value)\" is set by belay for every node", at: name.location,
    help: "choose another name")
}

extension Shape where Result == String {
  static var systemName: Shape {
    matching(
      "a system's name such as etcd", schema: Names.schema(pattern: Names.kebabPattern), Names.isKebab)
  }
}
