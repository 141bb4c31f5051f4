import Model

/// `controller` and `any(…)` say where a whole step runs: among other nodes they would quietly mean nothing.
func shapeProblems(of selector: Located<Selector>) -> [Diagnostic] {
  parts(of: selector.value).compactMap { part in
    switch part {
    case .controller:
      Diagnostic(
        .error, "bad-selector", "controller cannot be put together with nodes", at: selector.location,
        help: "make it a step of its own with \"at: controller\"")
    case .any:
      Diagnostic(
        .error, "bad-selector", "\(part) cannot be a part of another selection", at: selector.location,
        help: "put the rest into its parentheses, as in any(members - ${node})")
    default: nil
    }
  }
}

/// What stands inside a selector, at any depth.
private func parts(of selector: Selector) -> [Selector] {
  let direct: [Selector] =
    switch selector {
    case .minus(let a, let b), .both(let a, let b): [a, b]
    case .any(let inner): [inner]
    case .list(let parts): parts
    default: []
    }
  return direct.flatMap { [$0] + parts(of: $0) }
}
