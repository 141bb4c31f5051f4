package import Execution
import Model
import Planning

/// What a diagnosis found, for a person or for a program.
package struct DiagnosisText {
  private let report: Diagnosis.Report
  private let paint: Paint

  package init(_ report: Diagnosis.Report, paint: Paint) {
    self.report = report
    self.paint = paint
  }

  package var text: String {
    var text = paint("Diagnosis: \(report.runbook)", .strong)
    if let cluster = report.cluster { text += "  on cluster \(cluster)" }
    text += "\n" + observed + report.steps.map(line).joined()
    if report.findings.isEmpty { return text + "Nothing found.\n" }
    text += paint("Findings", .strong) + "\n"
    for severity in Finding.Severity.allCases.reversed() {
      for finding in report.findings where finding.severity == severity { text += lines(of: finding) }
    }
    return text
  }

  private var observed: String {
    guard let observation = report.observation else { return "" }
    guard let membership = observation.membership else {
      return "  not agreed on: \(visible(observation.disagreements.joined(separator: "; ")))\n"
    }
    let members = membership.members.map { member in
      member.label + (member.isLeader ? " (leader)" : "") + (member.isVoter ? "" : " (learner)")
        + (member.health == .healthy ? "" : " " + member.health.rawValue)
    }
    return "  observed: \(visible(members.joined(separator: ", "))); term \(membership.term)\n"
  }

  private func line(for step: Diagnosis.StepReport) -> String {
    let head = "\(step.step.id): \(visible(step.step.title))\n"
    guard step.problem != nil else { return "  " + paint("ok      ", .good) + head }
    let problems = step.answers.compactMap { answer in
      answer.problem.map { problem in
        // A transport's own words begin with the node.
        let node = answer.node.map { "\($0): " } ?? ""
        return "           \(problem.hasPrefix(node) ? "" : node)\(visible(problem))\n"
      }
    }
    return "  " + paint("no      ", .warning) + head + problems.joined()
  }

  private func lines(of finding: FoundProblem) -> String {
    let tone: Paint.Tone =
      switch finding.severity {
      case .critical: .error
      case .warning: .warning
      case .info: .quiet
      }
    var text =
      "  " + paint("\(finding.severity.rawValue) \(finding.name)", tone) + ": \(visible(finding.means))\n"
    for evidence in finding.evidence { text += "    seen  \(visible(evidence))\n" }
    if let mend = finding.mend { text += "    mend  " + paint(visible(mend), .strong) + "\n" }
    return text
  }

  /// One object on one line.
  package static func json(_ report: Diagnosis.Report) -> String {
    let steps = report.steps.map { step -> Value in
      [
        "step": .string(step.step.id.rawValue), "title": .string(step.step.title), "result": step.value,
      ]
    }
    let findings = report.findings.map { finding -> Value in
      [
        "name": .string(finding.name), "severity": .string(finding.severity.rawValue),
        "means": .string(finding.means), "evidence": .array(finding.evidence.map { .string($0) }),
        "mend": finding.mend.map { .string($0) } ?? .null,
      ]
    }
    let value: Value = [
      "format": 1, "runbook": .string(report.runbook.rawValue),
      "cluster": report.cluster.map { .string($0.rawValue) } ?? .null,
      "observed": report.observation.map(clusterValue) ?? .null, "steps": .array(steps),
      "findings": .array(findings),
    ]
    return value.json()
  }
}
