import Model

/// Reads one step of a runbook.
struct StepReader {
  let id: Located<String>
  let problems: Problems
  let surroundings: RunbookSurroundings
  /// How many loops this step stands in.
  var depth = 0

  func read(_ node: YAMLNode) -> WrittenStep {
    var written = WrittenStep(id: StepID(id.value))
    guard var keys = MappingReader(node, "the step \(quoted(id.value))", problems) else { return written }
    let role = readRole(&keys) ?? compositeRole(&keys)
    let at = keys.optional("at", .selector)
    let each = readVariable(&keys, "each")
    let needs = keys.optional("needs", .list(of: Shape<String>.string.located()))
    let when = keys.optional("when", .text)
    let serial = keys.optional("serial", .oneOrMore(of: .batchSize))
    let inner = readInnerSteps(&keys)
    let body = readBody(&keys, serial: serial ?? [], inner: inner)
    let maxFailures = keys.optional("max_failures", .batchSize)
    let parse = keys.optional("parse", .outputFormat)
    let expect = keys.optional("expect", .text)
    let out = readOut(&keys)
    let effect = keys.optional("effect", .effect)
    let rollback = readRollback(&keys)
    let landed = keys.optional("landed", .text)
    let idempotent = keys.optional("idempotent", .flag)
    let (poll, retries) = readRepetition(&keys)
    let timeout = keys.optional("timeout", .durationText)
    let danger = keys.optional("danger", .text)
    let stdin = keys.optional("stdin", .text)
    keys.finish()

    written.unreadable = keys.unreadable
    written.places = keys.places
    written.inner = inner
    guard let role else { return written }
    written.step = Step(
      id: StepID(id.value), role: role.role, title: role.title, location: id.location, at: at, each: each,
      needs: needs.map { $0.map { Located(StepID($0.value), at: $0.location) } }, when: when, body: body,
      parse: parse ?? .text, expect: expect, out: out, effect: effect,
      rollback: rollback ?? impliedRollback(of: body), landed: landed, idempotent: idempotent ?? false,
      retries: retries, poll: poll, timeout: timeout, serial: serial, maxFailures: maxFailures)
    written.step?.danger = danger
    written.step?.stdin = stdin
    return written
  }

  /// The key that names the role holds the title.
  private func readRole(_ keys: inout MappingReader) -> (role: Step.Role, title: ScalarText)? {
    let titles = Step.Role.allCases.map { (role: $0, title: keys.optional($0.rawValue, .text)) }
    let written = titles.filter { keys.has($0.role.rawValue) }
    guard let first = written.first else {
      if keys.has("for") || keys.has("use") { return nil }
      let roles = Step.Role.allCases.map(\.rawValue)
      keys.reportMissing(
        roles + ["for", "use"],
        Diagnostic(
          .error, "missing-role", "\(keys.subject) does not say what it is", at: id.location,
          help: "add one of \(roles.joined(separator: ", ")), with the step's title as its value"))
      return nil
    }
    for other in written.dropFirst() {
      problems.error(
        "two-roles", "\(keys.subject) is both \(first.role.rawValue) and \(other.role.rawValue)",
        at: keys.location(of: other.role.rawValue), help: "make it two steps",
        notes: [.init("the other role", at: keys.location(of: first.role.rawValue))])
    }
    return written.count == 1 ? first.title.map { (first.role, $0) } : nil
  }

  /// `each: { peer: members }`
  func readVariable(_ keys: inout MappingReader, _ key: String) -> EachClause? {
    let single = Shape<EachClause>("one variable and the nodes it stands for, such as { peer: members }") {
      node, name, problems in
      guard let entry = singleEntry(node, name, "one variable, such as { peer: members }", problems) else {
        return nil
      }
      checkIdentifier(entry.key, "the variable", problems)
      return Shape<Located<Selector>>.selector.read(entry.value, quoted(entry.key.value), problems)
        .map { EachClause(variable: entry.key.value, over: $0) }
    }
    return keys.optional(key, single)
  }

  private func readBody(
    _ keys: inout MappingReader, serial: [BatchSize], inner: [WrittenStep]
  ) -> StepBody {
    let run = keys.optional("run", .text).map { StepBody.run($0) }
    let file = keys.optional("file", .file(surroundings.templates))
    let service = keys.optional("service", .service)
    let copy = keys.optional("copy", .copy(surroundings.files))
    let move = keys.optional("move-aside", .moveAside)
    let wipe = keys.optional("wipe", .wipe)
    let loop = readLoop(&keys, serial: serial, inner: inner).map { StepBody.loop($0) }
    let call = readCall(&keys).map { StepBody.call($0) }
    let written = bodyKeys.filter(keys.has)
    for second in written.dropFirst() {
      problems.error(
        "two-bodies", "\(keys.subject) has both \"\(written[0])\" and \"\(second)\"",
        at: keys.location(of: second), help: "make it two steps",
        notes: [.init("\"\(written[0])\" is here", at: keys.location(of: written[0]))])
    }
    return loop ?? call ?? run ?? file ?? service ?? copy ?? move ?? wipe ?? .query
  }

  /// `out: { id: '.member.id' }`
  private func readOut(_ keys: inout MappingReader) -> [OutValue] {
    guard let node = keys.node("out") else { return [] }
    return readEntries(node, "\"out\"", problems).compactMap { entry in
      checkIdentifier(entry.key, "the output", problems)
      return Shape<ScalarText>.text.read(entry.value, quoted(entry.key.value), problems)
        .map { OutValue(name: entry.key.value, query: $0) }
    }
  }

  /// A mapping, or `none` with the reason in `because:` beside it.
  private func readRollback(_ keys: inout MappingReader) -> Rollback? {
    let because = keys.optional("because", .string)
    let rollback = keys.optional("rollback", .rollback(because: because ?? ""))
    if case .none? = rollback {
      if !keys.has("because") {
        problems.error(
          "missing-because", "\(keys.subject) cannot be undone and does not say why",
          at: keys.location(of: "rollback"), help: "add \"because:\" with the reason; plans and runs show it")
      }
    } else if keys.has("because"), !keys.unreadable.contains("rollback") {
      problems.error(
        "misplaced-key", "\"because\" belongs to \"rollback: none\"", at: keys.location(of: "because"))
    }
    return rollback
  }

  private func impliedRollback(of body: StepBody) -> Rollback? {
    if case .own(.wipe(let act)) = body, act.archive == nil { return Rollback.none(because: act.because) }
    return body.ownUndoKey == nil ? nil : .implied
  }

  /// `within`, `every`, `steady` for what only asks; `retries`, `every` for what acts.
  private func readRepetition(_ keys: inout MappingReader) -> (Poll?, Retries?) {
    let within = keys.optional("within", .durationText)
    let every = keys.optional("every", .durationText)
    let steady = keys.optional("steady", .int(1...1000))
    let times = keys.optional("retries", .int(1...100))
    let left = keys.optional("progress", .text)
    let stalled = keys.optional("stalled", .durationText)
    let bounds = [
      "steady": ["within"], "every": ["within", "retries"], "progress": ["within"], "stalled": ["progress"],
    ]
    for (key, needed) in bounds.sorted(by: { $0.key < $1.key }) where keys.has(key) {
      guard !needed.contains(where: { keys.has($0) || keys.unreadable.contains($0) }) else { continue }
      if needed == ["progress"] {
        problems.error(
          "misplaced-key", "\"\(key)\" belongs to \"progress\"", at: keys.location(of: key),
          help: "add \"progress:\" with a query that says how much is left")
      } else {
        problems.error(
          "unbounded-poll", "\"\(key)\" needs \"within\": how long to go on asking",
          at: keys.location(of: key), help: "add \"within:\" with a duration such as 1m")
      }
    }
    let progress = left.map { Poll.Progress(left: $0, stalled: stalled) }
    return (
      within.map { Poll(within: $0, every: every, steady: steady ?? 1, progress: progress) },
      times.map { Retries(times: $0, every: every) }
    )
  }
}

/// Refuses what `${…}` and `$…` could not name.
func checkIdentifier(_ name: Located<String>, _ what: String, _ problems: Problems) {
  problems.recorder?.learnName(["pattern": .string(Names.identifierPattern)], at: name.location)
  guard !Names.isIdentifier(name.value) else { return }
  problems.error(
    "bad-name", "\(what) \(quoted(name.value)) must be named with letters, digits and _", at: name.location,
    help: "queries and references must be able to name it")
}

/// The only entry of a mapping that must have exactly one.
func singleEntry(
  _ node: YAMLNode, _ name: String, _ expected: String, _ problems: Problems
) -> YAMLEntry? {
  if let recorder = problems.recorder {
    return node.entries(problems).map { _ in recorder.entry(ofMappingAt: node.location, count: 1...1) }
  }
  guard case .mapping(let entries) = node.content, let entry = entries.first, entries.count == 1 else {
    if case .mapping(let entries) = node.content {
      problems.error(
        "wrong-type", "\(name) must be \(expected), found \(entries.count) of them", at: node.location)
    } else {
      problems.mismatch(node, name, expected: expected)
    }
    return nil
  }
  return entry
}
