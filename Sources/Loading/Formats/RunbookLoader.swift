package import Model

/// What a runbook may name that stands in other files.
struct RunbookSurroundings {
  let templates: TemplateSource
  let files: FileLocator
  let runbooks: RunbookSource
}

/// Finds and checks another runbook by its name.
package typealias RunbookSource = (String) -> LoadResult<LoadedRunbook>

/// Reads and checks a runbook. `name` is what its path says it is called; nil when the path says nothing.
package func loadRunbook(
  _ file: SourceFile, name: RunbookName?, templates: TemplateSource,
  files: @escaping FileLocator = { $0 }, runbooks: RunbookSource = noRunbooks,
  context: RunbookContext = RunbookContext()
) -> LoadResult<Runbook> {
  let problems = Problems()
  var sources = [file]
  func take(_ source: SourceFile) {
    if !sources.contains(where: { $0.path == source.path }) { sources.append(source) }
  }
  let runbook = withoutActuallyEscaping(templates) { templates in
    withoutActuallyEscaping(runbooks) { runbooks in
      let surroundings = RunbookSurroundings(
        templates: { template throws(FileProblem) in
          let source = try templates(template)
          take(source)
          return source
        }, files: files,
        runbooks: { name in
          let loaded = runbooks(name)
          loaded.sources.forEach(take)
          return loaded
        })
      let reader = RunbookReader(
        problems: problems, expectedName: name, surroundings: surroundings, source: file)
      return YAMLReader.read(file, problems).flatMap { reader.read($0, context) }
    }
  }
  return LoadResult(runbook, problems, sources: sources)
}

/// Where there is no library to look in.
package func noRunbooks(_ name: String) -> LoadResult<LoadedRunbook> {
  let diagnostic = Diagnostic(.error, "no-such-runbook", "there is no runbook \(quoted(name))")
  return LoadResult(nil, diagnostics: [diagnostic], sources: [])
}

struct RunbookReader {
  let problems: Problems
  let expectedName: RunbookName?
  let surroundings: RunbookSurroundings
  /// Its text, where there is one: comments in it may allow what lint would warn of.
  var source: SourceFile?

  /// More than anyone reviews; some rules take time in the square of it.
  fileprivate static let stepLimit = 500

  func read(_ root: YAMLNode, _ context: RunbookContext) -> Runbook? {
    guard var keys = MappingReader(root, "the runbook", problems) else { return nil }
    let name = keys.required("runbook", Shape<String>.runbookName.located())
    let summary = keys.required("summary", .string)
    let verb = keys.optional("verb", .verb)
    let covers = keys.optional("covers", .list(of: .string))
    let danger = keys.optional("danger", .text)
    let inputs = keys.node("inputs").map(readInputs) ?? []
    let steps = keys.node("steps").map { readSteps($0, problems, surroundings) } ?? []
    if !keys.has("steps") {
      keys.reportMissing(
        ["steps"],
        Diagnostic(
          .error, "missing-key", "the runbook has no \"steps\"", at: keys.location,
          help: "add \"steps:\" with a mapping of names to steps"))
    }
    let findings = keys.node("findings").map { node in
      readEntries(node, "\"findings\"", problems).compactMap { Finding.read($0, problems) }
    }
    keys.finish()
    checkName(name)

    var runbook = Runbook(
      name: name.map { RunbookName($0.value) } ?? expectedName ?? RunbookName(""), summary: summary ?? "",
      verb: verb, covers: covers ?? [], inputs: inputs.compactMap(\.declaration),
      steps: steps.compactMap(\.step), location: keys.location)
    runbook.danger = danger
    runbook.findings = findings ?? []
    let unreadable = inputs.filter { $0.declaration == nil }.map(\.name)
    let ruleContext = RuleContext(runbook, context, written: steps, unreadableInputs: Set(unreadable))
    let found = checkRules(runbook, ruleContext)
    found.forEach(problems.report)
    if let source {
      // What is an error by a rule need not be suspected of the same once more.
      lint(runbook, ruleContext, in: source).filter { suspected in
        !found.contains { $0.code == suspected.code && $0.location?.line == suspected.location?.line }
      }
      .forEach(problems.report)
    }
    return runbook
  }

  private func checkName(_ name: Located<String>?) {
    guard let name, let expectedName, name.value != expectedName.rawValue else { return }
    problems.error(
      "wrong-name", "the file is the runbook \(expectedName) by its path, but calls itself \(name.value)",
      at: name.location, help: "write \"runbook: \(expectedName)\", or move the file")
  }

  private func readInputs(_ node: YAMLNode) -> [(name: String, declaration: InputDeclaration?)] {
    readEntries(node, "\"inputs\"", problems).map { entry in
      checkIdentifier(entry.key, "the input", problems)
      if Scope.reservedNames.contains(entry.key.value) {
        problems.error(
          "reserved-name", "an input cannot be called \"\(entry.key.value)\": it means something already",
          at: entry.key.location)
      }
      return (entry.key.value, InputDeclaration.read(entry, problems))
    }
  }
}

/// The steps of a runbook, or those of a loop in one.
func readSteps(
  _ node: YAMLNode, _ problems: Problems, _ surroundings: RunbookSurroundings, depth: Int = 0
) -> [WrittenStep] {
  let entries = readEntries(node, "\"steps\"", problems, atLeast: 1)
  if case .mapping = node.content, entries.isEmpty {
    problems.error("missing-key", "there are no steps here", at: node.location)
  }
  let limit = RunbookReader.stepLimit
  if entries.count > limit {
    problems.error("too-many-steps", "a runbook has at most \(limit) steps", at: node.location)
  }
  return entries.prefix(limit).map { entry in
    checkIdentifier(entry.key, "the step", problems)
    return StepReader(id: entry.key, problems: problems, surroundings: surroundings, depth: depth)
      .read(entry.value)
  }
}

extension Shape where Result == String {
  static var runbookName: Shape {
    matching(
      "a runbook's name such as etcd/add-node", schema: Names.schema(pattern: Names.runbookNamePattern)
    ) { text in
      let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      return (1...2).contains(parts.count) && parts.allSatisfy(Names.isKebab)
    }
  }

  fileprivate static var verb: Shape {
    var schema = Names.schema(pattern: Names.kebabPattern)
    schema["not"] = ["enum": .array(reservedVerbs.sorted().map { .string($0) })]
    return .scalar("a verb such as add-node that is no command of belay's own", schema: schema) { scalar, _ in
      Names.isKebab(scalar.text) && !reservedVerbs.contains(scalar.text) ? scalar.text : nil
    }
  }
}

/// A runbook's verb is typed where these are.
private let reservedVerbs: Set<String> = [
  "run", "plan", "apply", "diagnose", "check", "graph", "runbooks", "inventory", "runs", "show", "resume",
  "rollback", "report", "approve", "journal", "quorum", "schema", "completions", "doctor", "version", "help",
  "lab", "diff", "locks", "unlock",
]
