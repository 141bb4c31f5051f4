/// A checked runbook: what the author wrote, as values.
package struct Runbook: Sendable {
  package var name: RunbookName
  package var summary: String
  /// Makes `belay VERB NODE` work for clusters of this system.
  package var verb: String?
  package var covers: [String]
  package var inputs: [InputDeclaration]
  /// In the order in which they were written.
  package var steps: [Step]
  package var location: SourceLocation

  package init(
    name: RunbookName, summary: String, verb: String?, covers: [String], inputs: [InputDeclaration],
    steps: [Step], location: SourceLocation
  ) {
    self.name = name
    self.summary = summary
    self.verb = verb
    self.covers = covers
    self.inputs = inputs
    self.steps = steps
    self.location = location
  }

  package var system: SystemName? { name.system }
}

extension RunbookName {
  /// `etcd` in `etcd/add-node`; nil for a runbook outside any system.
  package var system: SystemName? {
    let parts = rawValue.split(separator: "/")
    return parts.count > 1 ? SystemName(String(parts[0])) : nil
  }
}

package struct InputDeclaration: Sendable {
  package var name: String
  package var type: InputType
  package var help: String
  /// In the form a user would type it on the command line.
  package var defaultText: String?
  package var location: SourceLocation

  package init(
    name: String, type: InputType, help: String, defaultText: String?, location: SourceLocation
  ) {
    self.name = name
    self.type = type
    self.help = help
    self.defaultText = defaultText
    self.location = location
  }
}

package enum InputType: Hashable, Sendable {
  case string, int, bool, duration
  case choice([String])
  /// A node of the cluster, perhaps only a member or only a spare.
  case node(state: NodeState?)
}

package enum NodeState: String, CaseIterable, Codable, Sendable {
  case member, spare
}
