import Model

/// Where no votes are counted, only declared guards stand between a command and the data.
func guardRule(_ system: ClusterSystem) -> [Diagnostic] {
  var found = system.guards.filter(\.effects.isEmpty).map { declared in
    Diagnostic(
      .error, "idle-guard", "the guard \"\(declared.name)\" is asked before nothing", at: declared.location,
      help: "name effects, as in \"on: [stop, remove]\"")
  }
  guard !system.hasVotes else { return found }
  for kind: Effect.Kind in [.stop, .remove, .wipe]
  where !system.guards.contains(where: { $0.isAsked(before: kind) && $0.severity == .error }) {
    found.append(
      Diagnostic(
        .warning, "unguarded-effect",
        "\(system.name) has no votes, and no guard of its own is asked before \"\(kind.rawValue)\"",
        at: system.location,
        help: "add one to \"guards:\", as in { on: [\(kind.rawValue)], require: …, because: … }"))
  }
  return found
}
