/// A lab as it is now: what `up` made and `status` found.
package struct LabDescription: Sendable, Equatable {
  package var system: String
  package var cluster: String
  package var kind: LabKind
  /// In the names of everything that this lab made outside its directory.
  package var id: String
  package var directory: String
  package var files: LabFiles
  package var user: String
  package var nodes: [LabNode]
  /// True when `up` found it running and changed nothing.
  package var wasAlreadyUp = false

  /// What this kind of lab cannot do; empty for real machines.
  package var missing: [String] { kind.missing }
  package var isComplete: Bool { nodes.allSatisfy { $0.condition == .running } }
}

package struct LabNode: Sendable, Equatable {
  package var name: String
  package var address: String
  package var port: Int
  /// What it was made as; a runbook may have changed that since.
  package var role: LabRole
  package var condition: LabCondition
  /// What `systemctl is-active` says of the system's service; nil when nobody can be asked.
  package var service: String?
}

package enum LabCondition: String, Sendable {
  case running
  /// Switched off by a fault: `start-host` brings it back.
  case stopped
  /// Nothing is left of it, for instance after a restart of this machine.
  case gone
}
