package import Model

internal import Hashing

extension PlannedFile {
  /// What must be there when the file is written, for a node to compare: `absent`, a SHA-256, or nothing when it was not
  /// seen or is no text.
  package var expectedDigest: String {
    // Beside a secret the plan knows the old version only in part.
    if parts != nil { return "" }
    return switch previous {
    case .absent: "absent"
    case .unknown: ""
    case .present(let content, _, _): content.contains("\u{FFFD}") ? "" : sha256(Array(content.utf8)).hex
    }
  }

  package var contentDigest: String { sha256(Array(content.utf8)).hex }
}

/// A file's bytes, without showing them: it may be a private key.
package struct FileDigest: Codable, Hashable, Sendable {
  package var sha256: String
  package var size: Int

  package init(sha256: String, size: Int) {
    self.sha256 = sha256
    self.size = size
  }
}

/// What is at a path of a node, without its content.
package enum PathSight: Codable, Hashable, Sendable {
  case absent
  case file(FileDigest, mode: String, owner: String)
  case directory(mode: String, owner: String)
  /// A symbolic link, or a path that leads through one.
  case link
  case other
}

extension PathSight {
  /// Nil when the content is not known.
  init?(_ file: PreviousFile) {
    switch file {
    case .absent: self = .absent
    case .unknown: return nil
    case .present(let content, let mode, let owner):
      let bytes = Array(content.utf8)
      self = .file(FileDigest(sha256: sha256(bytes).hex, size: bytes.count), mode: mode, owner: owner)
    }
  }
}

/// What systemd says of a unit, in its own words.
package struct ServiceStatus: Codable, Hashable, Sendable {
  package var load: String
  package var active: String
  package var enabled: String

  package init(load: String, active: String, enabled: String) {
    self.load = load
    self.active = active
    self.enabled = enabled
  }

  package var isKnown: Bool { load != "not-found" }
  package var isInactive: Bool { active == "inactive" || active == "failed" }
  package var isActive: Bool { active == "active" || active == "reloading" }
}

package struct PlannedService: Codable, Hashable, Sendable {
  package var name: String
  package var state: ServiceState?
  package var enabled: Bool?
  /// Nil: not looked at.
  package var previous: ServiceStatus?
  /// What acts before this one leave it as; nil when none of them is about it.
  package var byThen: ServiceStatus?

  package init(
    name: String, state: ServiceState?, enabled: Bool?, previous: ServiceStatus? = nil,
    byThen: ServiceStatus? = nil
  ) {
    self.name = name
    self.state = state
    self.enabled = enabled
    self.previous = previous
    self.byThen = byThen
  }

  /// As this act will leave it; nil when that is not known.
  package var after: ServiceStatus? {
    guard var status = byThen ?? previous else { return nil }
    switch state {
    case .started, .restarted: status.active = "active"
    case .stopped: status.active = "inactive"
    case .reloaded, nil: break
    }
    if let enabled { status.enabled = enabled ? "enabled" : "disabled" }
    return status
  }

  /// Whether it is so already.
  package var isSoAlready: Bool {
    guard let previous = byThen ?? previous else { return false }
    let isInState =
      switch state {
      case .started: previous.active == "active"
      case .stopped: previous.active == "inactive"
      case .restarted, .reloaded: false
      case nil: true
      }
    return isInState && (enabled.map { previous.enabled == ($0 ? "enabled" : "disabled") } ?? true)
  }
}

package struct PlannedCopy: Codable, Hashable, Sendable {
  /// On the controller.
  package var source: String
  package var path: String
  package var mode: String?
  package var owner: String?
  /// Nil: it could not be read.
  package var content: FileDigest?
  package var previous: PathSight?

  package init(
    source: String, path: String, mode: String?, owner: String?, content: FileDigest?,
    previous: PathSight? = nil
  ) {
    self.source = source
    self.path = path
    self.mode = mode
    self.owner = owner
    self.content = content
    self.previous = previous
  }

  /// What must be there when it is written, as for a file.
  package var expectedDigest: String {
    switch previous {
    case .absent?: "absent"
    case .file(let digest, _, _)?: digest.sha256
    default: ""
    }
  }

  /// What it leaves.
  var after: PathSight? {
    guard let content else { return nil }
    if case .file(_, let oldMode, let oldOwner)? = previous {
      return .file(content, mode: mode ?? oldMode, owner: owner ?? oldOwner)
    }
    return .file(content, mode: mode ?? "0644", owner: owner ?? "")
  }
}

package struct PlannedMove: Codable, Hashable, Sendable {
  package var path: String
  package var mayBeMissing: Bool
  package var previous: PathSight?

  package init(path: String, mayBeMissing: Bool, previous: PathSight? = nil) {
    self.path = path
    self.mayBeMissing = mayBeMissing
    self.previous = previous
  }
}

package struct PlannedWipe: Codable, Hashable, Sendable {
  package var path: String
  package var service: String
  /// The directory for the archive; nil when nothing is kept.
  package var archive: String?
  package var previous: PathSight?
  package var status: ServiceStatus?

  package init(
    path: String, service: String, archive: String?, previous: PathSight? = nil,
    status: ServiceStatus? = nil
  ) {
    self.path = path
    self.service = service
    self.archive = archive
    self.previous = previous
    self.status = status
  }
}
