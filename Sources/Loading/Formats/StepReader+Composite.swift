import Model

/// Steps that stand for others: `for` repeats its own, `use` takes another runbook's.
extension StepReader {
  /// Deeper than anyone can review.
  private static let depthLimit = 4

  /// Such a step says what it is by what it does; it needs neither a role nor a title.
  func compositeRole(_ keys: inout MappingReader) -> (role: Step.Role, title: ScalarText)? {
    guard let key = ["for", "use"].first(where: keys.has) else { return nil }
    return (.act, ScalarText("", at: keys.location(of: key)))
  }

  func readInnerSteps(_ keys: inout MappingReader) -> [WrittenStep] {
    guard let node = keys.node("steps") else { return [] }
    guard depth < Self.depthLimit else {
      problems.error("too-deep", "loops are nested deeper than \(Self.depthLimit)", at: node.location)
      return []
    }
    if !keys.has("for") {
      problems.error(
        "misplaced-key", "\"steps\" belongs to a step with \"for\"", at: keys.location(of: "steps"),
        help: "add \"for: { member: members }\", or write the steps side by side")
    }
    return readSteps(node, problems, surroundings, depth: depth + 1)
  }

  func readLoop(_ keys: inout MappingReader, serial: [BatchSize], inner: [WrittenStep]) -> StepLoop? {
    guard let clause = readVariable(&keys, "for") else { return nil }
    if !keys.has("steps") {
      keys.reportMissing(
        ["steps"],
        Diagnostic(
          .error, "missing-key", "\(keys.subject) repeats nothing", at: keys.location(of: "for"),
          help: "add \"steps:\" with the steps to run for each"))
    }
    return StepLoop(
      variable: clause.variable, over: clause.over, serial: serial, steps: inner.compactMap(\.step))
  }

  func readCall(_ keys: inout MappingReader) -> RunbookCall? {
    let name = keys.optional("use", Shape<String>.runbookName.located())
    let arguments = readArguments(&keys)
    guard let name else { return nil }
    let loaded = surroundings.runbooks(name.value)
    guard let callee = loaded.value else {
      keys.markUnreadable("use")
      let first = loaded.diagnostics.first { $0.severity == .error }
      problems.error(
        "bad-use", "the runbook \(name.value) cannot be used: \(first?.message ?? "it is not valid")",
        at: name.location,
        help: first?.location == nil ? first?.help : "`belay check \(name.value)` says more")
      return nil
    }
    return RunbookCall(
      name: Located(RunbookName(name.value), at: name.location), arguments: arguments, runbook: callee.runbook
    )
  }

  /// `with: { node: "${member}" }`
  private func readArguments(_ keys: inout MappingReader) -> [RunbookCall.Argument] {
    guard let node = keys.node("with") else { return [] }
    if !keys.has("use") {
      problems.error(
        "misplaced-key", "\"with\" belongs to a step with \"use\"", at: keys.location(of: "with"),
        help: "add \"use:\" with the runbook that takes these inputs")
    }
    return readEntries(node, "\"with\"", problems).compactMap { entry in
      Shape<ScalarText>.text.read(entry.value, quoted(entry.key.value), problems)
        .map { RunbookCall.Argument(name: entry.key, value: $0) }
    }
  }
}

extension Shape where Result == BatchSize {
  static var batchSize: Shape {
    .scalar("a number of nodes such as 1, or a share of them such as 25%") { scalar, _ in
      if case .int(let count) = scalar.coreValue, (0...10_000).contains(count) { return .count(count) }
      guard scalar.text.hasSuffix("%"), let percent = Int(scalar.text.dropLast()), (0...100).contains(percent)
      else { return nil }
      return .percent(percent)
    }
  }
}
