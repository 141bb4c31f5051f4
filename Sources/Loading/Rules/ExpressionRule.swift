import Expressions
import Model

/// Every query and every reference can be read, and names only what is there.
func expressionRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  let steps = runbook.steps.flatMap { $0.expressionSites(in: runbook, context) }
  return (steps + runbook.expressionSites(context)).flatMap(check)
}

/// The same for a system's texts, queries and questions.
func expressionRule(_ system: ClusterSystem) -> [Diagnostic] {
  system.expressionSites.flatMap(check)
}

private func check(_ site: ExpressionSite) -> [Diagnostic] {
  switch site.kind {
  case .query: return checkQuery(site)
  case .command:
    let (template, problems) = ShellTemplate.parse(site.text.text)
    let uses = template.parts.compactMap { part -> ReferenceUse? in
      guard case .reference(let use) = part else { return nil }
      return (use.reference, use.offset, use.length)
    }
    return check(uses, problems, in: site)
  case .text:
    let (template, problems) = TextTemplate.parse(site.text.text)
    let uses = template.parts.compactMap { part -> ReferenceUse? in
      guard case .reference(let reference, let offset, let length) = part else { return nil }
      return (reference, offset, length)
    }
    return check(uses, problems, in: site)
  }
}

/// Finding a place takes time in the length of the text: one text must not ask for more than anyone is shown.
private let problemLimit = 100

private typealias ReferenceUse = (reference: Reference, offset: Int, length: Int)

private func check(
  _ uses: [ReferenceUse], _ problems: [TemplateProblem], in site: ExpressionSite
) -> [Diagnostic] {
  var unknown: [Diagnostic] = []
  for use in uses where unknown.count < problemLimit {
    guard let problem = site.judge(use.reference.path, .reference) else { continue }
    let place = site.text.location(atByte: use.offset, length: use.length)
    unknown.append(diagnostic(problem, at: place))
  }
  let unreadable = problems.prefix(problemLimit).map { problem in
    Diagnostic(
      .error, "bad-reference", problem.message,
      at: site.text.location(atByte: problem.offset, length: problem.length), help: problem.help)
  }
  return unreadable + unknown
}

private func checkQuery(_ site: ExpressionSite) -> [Diagnostic] {
  do throws(QueryError) {
    return try Query.compile(site.text.text).variables.compactMap { use in
      site.judge([use.name] + use.path, .variable).map { problem in
        diagnostic(problem, at: site.text.location(atByte: use.offset, length: use.length))
      }
    }
  } catch {
    return [
      Diagnostic(
        .error, "bad-query", error.message,
        at: site.text.location(atByte: error.offset, length: error.length), help: error.help)
    ]
  }
}

private func diagnostic(_ problem: Scope.Problem, at place: SourceLocation) -> Diagnostic {
  Diagnostic(problem.severity, problem.code, problem.message, at: place, help: problem.help)
}
