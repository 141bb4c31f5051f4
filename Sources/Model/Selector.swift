/// Which nodes an `at:`, `each:` or `effect:` means.
package indirect enum Selector: Hashable, Sendable, CustomStringConvertible {
  case leader, followers, members, spares, controller
  /// A node named outright, or a group of the inventory.
  case name(NodeName)
  /// `db-[1-3]`
  case range(NodeRange)
  /// `${node}`: an input or loop variable that holds a node.
  case reference([String])
  /// One of them, the first that answers.
  case any(Selector)
  case minus(Selector, Selector)
  /// `members & zone-a`: those in both.
  case both(Selector, Selector)
  /// `[n1, zone-b]`: each of them once, in this order.
  case list([Selector])

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
    case .range(let range): range.description
    case .both(let a, let b): "\(a) & \(b)"
    case .list(let parts): "[\(parts.map(\.description).joined(separator: ", "))]"
    }
  }
}
