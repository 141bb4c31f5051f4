import Model

/// What `${…}` and `$…` can name.
enum Scope {
  /// Names with a meaning of their own: no input or loop variable may take them.
  static let reservedNames: Set<String> = [
    "here", "leader", "cluster", "before", "inputs", "steps", "each", "run", "member", "ENV", "__loc__",
    "__prog_args",
  ]
  /// What every node has, whatever its system and inventory say.
  static let builtInNodeFields: Set<String> = ["name", "address", "state", "member"]
}
