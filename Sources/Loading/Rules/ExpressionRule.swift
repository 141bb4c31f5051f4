import Expressions
import Model

/// Every query and every reference can be read, and names only what is there.
func expressionRule(_ runbook: Runbook, _ context: RuleContext) -> [Diagnostic] {
  runbook.steps.flatMap { $0.expressionSites(in: runbook, context) }.flatMap(check)
}

/// The same for a system's texts, queries and questions.
func expressionRule(_ system: ClusterSystem) -> [Diagnostic] {
  system.expressionSites.flatMap(check)
}

private func check(_ site: ExpressionSite) -> [Diagnostic] {
  switch site.kind {
  case .query: checkQuery(site)
  case .command:
    check(site, references: ShellTemplate.parse(site.text.text).template.references)
      + ShellTemplate.parse(site.text.text).problems.map { complaint($0, in: site.text) }
  case .text:
    check(site, references: TextTemplate.parse(site.text.text).template.references)
      + TextTemplate.parse(site.text.text).problems.map { complaint($0, in: site.text) }
  }
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

private func check(_ site: ExpressionSite, references: [Reference]) -> [Diagnostic] {
  references.compactMap { reference in
    site.judge(reference.path, .reference).map { problem in
      diagnostic(problem, at: site.text.location(atByte: reference.offset, length: reference.length))
    }
  }
}

private func complaint(_ problem: TemplateProblem, in text: ScalarText) -> Diagnostic {
  Diagnostic(
    .error, "bad-reference", problem.message,
    at: text.location(atByte: problem.offset, length: problem.length), help: problem.help)
}

private func diagnostic(_ problem: Scope.Problem, at place: SourceLocation) -> Diagnostic {
  Diagnostic(problem.severity, problem.code, problem.message, at: place, help: problem.help)
}
