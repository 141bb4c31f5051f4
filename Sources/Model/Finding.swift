/// Something that a diagnosis may find: how it is recognised, what it means, and what mends it.
package struct Finding: Sendable {
  package enum Severity: String, CaseIterable, Codable, Sendable {
    case info, warning, critical
  }

  package var name: String
  package var severity: Severity
  /// jq: false, null or an empty list is not found; a list is found once for each element, bound as `$it`.
  package var when: ScalarText
  package var means: ScalarText
  /// Queries whose values show it.
  package var evidence: [ScalarText]
  /// The command to type, with `${…}` references.
  package var mend: ScalarText?
  package var location: SourceLocation

  package init(
    name: String, severity: Severity, when: ScalarText, means: ScalarText, evidence: [ScalarText],
    mend: ScalarText?, location: SourceLocation
  ) {
    self.name = name
    self.severity = severity
    self.when = when
    self.means = means
    self.evidence = evidence
    self.mend = mend
    self.location = location
  }
}

extension Runbook {
  /// A runbook that looks for what is wrong, and changes nothing.
  package var isDiagnosis: Bool { !findings.isEmpty }
}
