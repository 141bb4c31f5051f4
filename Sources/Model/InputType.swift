/// What an input of a runbook may be.
package enum InputType: Hashable, Sendable {
  case string, int, bool, duration
  /// An amount of data, in bytes once it is read.
  case size
  case percent
  case choice([String])
  /// A node of the cluster, perhaps only a member or only a spare.
  case node(state: NodeState?)
  /// Some nodes of the cluster, each once.
  case nodes(state: NodeState?)
  /// The cluster that the runbook works on.
  case cluster
  /// A text that is neither kept nor shown.
  case secret

  /// The word after `type:`.
  package var name: String {
    switch self {
    case .string: "string"
    case .int: "int"
    case .bool: "bool"
    case .duration: "duration"
    case .size: "size"
    case .percent: "percent"
    case .choice: "choice"
    case .node: "node"
    case .nodes: "nodes"
    case .cluster: "cluster"
    case .secret: "secret"
    }
  }

  package var isOfNodes: Bool {
    switch self {
    case .node, .nodes: true
    default: false
    }
  }

  /// Whether a command line may give it by position: the nodes and the cluster that a verb is about.
  package var isPositional: Bool {
    switch self {
    case .node, .nodes, .cluster: true
    default: false
    }
  }

  package var isChoice: Bool {
    if case .choice = self { true } else { false }
  }
}

package struct InputDeclaration: Sendable {
  package var name: String
  package var type: InputType
  package var limits: InputLimits
  package var help: String
  /// In the form a user would type it on the command line.
  package var defaultText: String?
  package var location: SourceLocation

  package init(
    name: String, type: InputType, limits: InputLimits = InputLimits(), help: String, defaultText: String?,
    location: SourceLocation
  ) {
    self.name = name
    self.type = type
    self.limits = limits
    self.help = help
    self.defaultText = defaultText
    self.location = location
  }
}

/// What a value must keep to besides its type.
package struct InputLimits: Hashable, Sendable {
  /// A regular expression that the whole value matches.
  package var pattern: String?
  package var min: Bound?
  package var max: Bound?

  /// `10GiB`: as it was written, and what it is compared as.
  package struct Bound: Hashable, Sendable {
    package var text: String
    package var number: Double

    package init(_ text: String, _ number: Double) {
      self.text = text
      self.number = number
    }
  }

  package init(pattern: String? = nil, min: Bound? = nil, max: Bound? = nil) {
    self.pattern = pattern
    self.min = min
    self.max = max
  }
}
