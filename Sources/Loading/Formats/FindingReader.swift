import Model

extension Finding {
  /// `down: { severity: critical, when: …, means: …, evidence: […], mend: … }`
  static func read(_ entry: YAMLEntry, _ problems: Problems) -> Finding? {
    checkIdentifier(entry.key, "the finding", problems)
    guard var keys = MappingReader(entry.value, "the finding \(quoted(entry.key.value))", problems) else {
      return nil
    }
    let severity = keys.optional("severity", Shape<Severity>.choice)
    let when = keys.required("when", .text)
    let means = keys.required("means", .text)
    let evidence = keys.optional("evidence", .oneOrMore(of: Shape<ScalarText>.text))
    let mend = keys.optional("mend", .text)
    keys.finish()
    guard let when, let means else { return nil }
    return Finding(
      name: entry.key.value, severity: severity ?? .warning, when: when, means: means,
      evidence: evidence ?? [], mend: mend, location: entry.key.location)
  }
}
