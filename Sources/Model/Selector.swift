/// Which nodes an `at:`, `each:` or `effect:` means.
package indirect enum Selector: Hashable, Sendable, CustomStringConvertible {
  case leader, followers, members, spares, controller
  /// A node named outright.
  case name(NodeName)
  /// `${node}`: an input or loop variable that holds a node.
  case reference([String])
  /// One of them, the first that answers.
  case any(Selector)
  case minus(Selector, Selector)

  package var description: String {
    switch self {
    case .leader: "leader"
    case .followers: "followers"
    case .members: "members"
    case .spares: "spares"
    case .controller: "controller"
    case .name(let name): name.rawValue
    case .reference(let path): "${\(path.joined(separator: "."))}"
    case .any(let inner): "any(\(inner))"
    case .minus(let a, let b): "\(a) - \(b)"
    }
  }
}
