import Expressions
import Model

/// What the rules find in a runbook, without what its author has allowed.
func lint(_ runbook: Runbook, _ context: RuleContext, in file: SourceFile) -> [Diagnostic] {
  let subject = LintRunbook(runbook, context)
  var found = lint(subject.scripts)
  for rule in LintRule.all {
    if case .runbook(let check) = rule.check { found += check(subject).diagnostics(rule) }
  }
  return allowed(found, in: file, starts: lines(of: runbook.steps), subject.scripts)
}

/// Where steps begin, those inside of loops too.
private func lines(of steps: [Step]) -> [Int] {
  steps.flatMap { step -> [Int] in
    if case .loop(let loop) = step.body { return [step.location.line] + lines(of: loop.steps) }
    return [step.location.line]
  }
}

/// The same for a system's questions and values.
func lint(_ system: ClusterSystem, in file: SourceFile) -> [Diagnostic] {
  let scripts = system.observe.questions.map { question in
    LintScript(
      question.run, .question, step: nil, effect: nil, at: nil, system: system.name,
      nodeDefaults: system.nodeDefaults)
  }
  var found = lint(scripts)
  for rule in LintRule.all {
    if case .system(let check) = rule.check { found += check(system).diagnostics(rule) }
  }
  let starts = scripts.map(\.text.location.line) + system.nodeDefaults.compactMap(\.location?.line)
  return allowed(found, in: file, starts: starts, scripts)
}

/// What the rules find in an inventory made of these files.
func lint(_ inventory: Inventory, in files: [SourceFile]) -> [Diagnostic] {
  var found: [Diagnostic] = []
  for rule in LintRule.all {
    if case .inventory(let check) = rule.check { found += check(inventory).diagnostics(rule) }
  }
  return files.flatMap { file in
    let places = inventory.clusters.flatMap { [$0.location] + $0.nodes.map(\.location) }
    return allowed(
      found.filter { $0.location?.file == file.path }, in: file,
      starts: places.filter { $0.file == file.path }.map(\.line), [])
  }
}

private func lint(_ scripts: [LintScript]) -> [Diagnostic] {
  LintRule.all.flatMap { rule -> [Diagnostic] in
    var found: [LintFinding] = []
    for script in scripts where found.count < findingLimit {
      switch rule.check {
      case .command(let check):
        for command in script.commands where found.count < findingLimit { found += check(command, script) }
      case .script(let check): found += check(script)
      case .runbook, .system, .inventory: break
      }
    }
    return found.diagnostics(rule)
  }
}

/// More of one kind are not shown anyway, and where each stands takes time to work out.
private let findingLimit = 100

extension [LintFinding] {
  fileprivate func diagnostics(_ rule: LintRule) -> [Diagnostic] {
    prefix(findingLimit).map { $0.diagnostic(rule) }
  }
}

private func allowed(
  _ found: [Diagnostic], in file: SourceFile, starts: [Int], _ scripts: [LintScript]
) -> [Diagnostic] {
  let comments = scripts.flatMap { script in
    script.comments.map { ($0.text, script.text.location(atByte: $0.offset)) }
  }
  var allowances = Allowances(in: file, starts: starts, shellComments: comments)
  let rest = found.filter { !allowances.allow($0) }
  return rest + allowances.problems + allowances.unused
}
