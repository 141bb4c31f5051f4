/// A name that cannot be mistaken for another kind of name.
package protocol Identifier: RawRepresentable, Hashable, Comparable, Codable, Sendable,
  CustomStringConvertible
where RawValue == String {
  init(rawValue: String)
}

extension Identifier {
  package init(_ text: String) { self.init(rawValue: text) }
  package var description: String { rawValue }
  package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

  package init(from decoder: any Decoder) throws {
    self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
  }
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}

/// A machine reached over SSH, named in an inventory.
package struct NodeName: Identifier {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

extension NodeName {
  /// The machine that belay itself runs on: `at: controller`.
  package static let controller = NodeName("controller")
}

/// A set of nodes of one system in an inventory.
package struct ClusterName: Identifier {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

/// A kind of clustered software: `etcd`, `chainfire`, …
package struct SystemName: Identifier {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

/// `etcd/add-node`: the system and the runbook's own name.
package struct RunbookName: Identifier {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

package struct StepID: Identifier {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

package struct RunID: Identifier {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

/// The name that the cluster software itself gives a member, e.g. etcd's hexadecimal member id.
package struct MemberID: Identifier {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}
