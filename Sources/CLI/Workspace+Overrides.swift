import Model
import Planning

extension Workspace {
  /// The guards that the operator goes past: each must be one that the system declares and lets be overridden.
  /// The quorum is no such guard.
  static func overrides(of system: ClusterSystem?, _ arguments: Arguments) throws -> [GuardOverride] {
    let names = arguments.values(.override)
    let because =
      arguments.value(.because)?.split(whereSeparator: \.isWhitespace).joined(separator: " ") ?? ""
    guard !names.isEmpty else {
      if arguments.has(.because) { throw UsageError("--because goes with --override GUARD") }
      return []
    }
    guard !because.isEmpty else {
      throw UsageError("--override needs --because \"…\": whoever reads the journal will ask why")
    }
    let known = system?.guards ?? []
    return try names.map { name in
      guard let declared = known.first(where: { $0.name == name }) else {
        let near = suggestion(for: name, among: known.map(\.name)).map { "did you mean \"\($0)\"?" }
        throw Stop(
          .usage,
          "no guard \"\(name)\" can be overridden: \(system?.name.rawValue ?? "nothing") declares "
            + (known.isEmpty ? "none" : known.map(\.name).joined(separator: ", ")),
          help: near ?? "the quorum cannot be overridden at all")
      }
      guard declared.isOverridable else {
        throw Stop(
          .refused, "the guard \"\(name)\" cannot be overridden (\(declared.location)); nothing was touched")
      }
      return GuardOverride(guardName: name, because: because)
    }
  }
}
