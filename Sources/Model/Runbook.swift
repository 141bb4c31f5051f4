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
  /// As a step's: what the whole runbook may lose.
  package var danger: ScalarText?
  /// What a diagnosis looks for; empty for all other runbooks.
  package var findings: [Finding] = []
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

  /// `add-node` of `etcd/add-node`.
  package var last: String { rawValue.split(separator: "/").last.map(String.init) ?? rawValue }
}

package enum NodeState: String, CaseIterable, Codable, Sendable {
  case member, spare
}
