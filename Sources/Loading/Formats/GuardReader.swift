import Model

extension SystemGuard {
  /// `copies: { on: [stop, remove], require: …, because: …, evidence: …, severity: warning }`
  static func read(_ entry: YAMLEntry, _ problems: Problems) -> SystemGuard? {
    checkIdentifier(entry.key, "the guard", problems)
    guard var keys = MappingReader(entry.value, "the guard \(quoted(entry.key.value))", problems) else {
      return nil
    }
    let effects = keys.required("on", .oneOrMore(of: Shape<Effect.Kind>.choice))
    let require = keys.required("require", .text)
    let because = keys.required("because", .text)
    let evidence = keys.optional("evidence", .oneOrMore(of: Shape<ScalarText>.text))
    let severity = keys.optional("severity", Shape<Severity>.choice)
    let isOverridable = keys.optional("overridable", .flag) ?? true
    keys.finish()
    guard let effects, let require, let because else { return nil }
    return SystemGuard(
      name: entry.key.value, effects: effects, require: require, because: because,
      evidence: evidence ?? [], severity: severity ?? .error, isOverridable: isOverridable,
      location: entry.key.location)
  }
}
