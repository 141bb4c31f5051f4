/// What a lab should be.
package struct LabSpec: Sendable {
  /// `etcd`, or one that a script plays.
  package var system: String
  package var members: Int
  package var spares: Int
  /// Where the lab keeps its inventory, keys and logs, e.g. `.belay/lab/etcd`.
  package var directory: String
  /// What the inventory calls the cluster.
  package var name: String
  /// Nil takes the best that this machine allows.
  package var kind: LabKind?
  /// The script that plays the system; nil for etcd, which is the real one.
  package var standIn: String?
  /// What the script is told: `speed` and others.
  package var settings: [String: String]

  package init(
    system: String = "etcd", members: Int = 3, spares: Int = 2, directory: String, name: String = "lab",
    kind: LabKind? = nil, standIn: String? = nil, settings: [String: String] = [:]
  ) {
    self.system = system
    self.members = members
    self.spares = spares
    self.directory = directory
    self.name = name
    self.kind = kind
    self.standIn = standIn
    self.settings = settings
  }

  package static var realSystems: [String] { ["etcd"] }
  static var nodeLimit: Int { 30 }

  func validate() throws(LabError) {
    guard Self.realSystems.contains(system) || standIn != nil else {
      throw LabError(
        "there is no lab for \"\(system)\"",
        help: "labs exist for: \(Self.realSystems.joined(separator: ", "))")
    }
    guard members >= 1, spares >= 0, members <= Self.nodeLimit, members + spares <= Self.nodeLimit else {
      throw LabError(
        "a lab has at least 1 member and at most \(Self.nodeLimit) nodes, not \(members) + \(spares)",
        help: "try --members 3 --spares 2")
    }
    let allowed = name.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: "-")
    }
    guard allowed, let first = name.first, first.isLetter else {
      throw LabError(
        "\"\(name)\" cannot be a cluster's name", help: "use small letters, digits and dashes, a letter first"
      )
    }
  }
}

/// What a lab's nodes are made of.
package enum LabKind: String, Sendable {
  /// Each node is a machine of its own: systemd, network, files and processes. Needs root.
  case machines
  /// Each node is an address of this machine with its own sshd and etcd; files and processes are shared.
  case loopback

  /// What a user of this kind of lab has to do without.
  package var missing: [String] {
    switch self {
    case .machines: []
    case .loopback:
      [
        "nodes share this machine's files and processes, so nothing outside the lab's directory is per node",
        "systemctl on a node is a small stand-in that knows only etcd (start, stop, restart, is-active, kill, …)",
        "no hosts to stop or reboot, no journalctl and no network faults",
        "runbooks that write /etc or /var/lib need root, and would change this machine",
      ]
    }
  }
}

package enum LabRole: String, Sendable {
  case member, spare
}
