import Glibc
import Platform

/// A lab's control groups: one directory per hierarchy, with one group per node inside. They are how `down` finds every
/// process of a node, also those that detached themselves.
struct ControlGroups: Sendable {
  /// For instance `/sys/fs/cgroup/belay-3fa9c1`; two of them where version 1 and 2 are mixed.
  let roots: [String]

  /// Where this machine mounts the hierarchies that systemd inside a node needs: version 2, and beside it systemd's own
  /// version 1 hierarchy where that exists.
  static func mountPoints() throws -> [String] {
    let mounts = String(decoding: try readFile("/proc/self/mountinfo", limit: 4 << 20), as: UTF8.self)
    var points: [String] = []
    var hasVersion2 = false
    for line in mounts.split(separator: "\n") {
      // "36 35 98:0 /root /mount/point options - type source super-options"
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), dash + 3 < fields.count, dash > 4 else { continue }
      let type = fields[dash + 1]
      let isVersion2 = type == "cgroup2"
      guard isVersion2 || type == "cgroup" && fields[dash + 3].split(separator: ",").contains("name=systemd")
      else { continue }
      hasVersion2 = hasVersion2 || isVersion2
      if !points.contains(String(fields[4])) { points.append(String(fields[4])) }
    }
    return hasVersion2 ? points : []
  }

  static func planned(id: String) throws -> ControlGroups {
    ControlGroups(roots: try mountPoints().map { Path.join($0, "belay-\(id)") })
  }

  func make(for nodes: [String]) throws {
    for root in roots {
      for group in [root] + nodes.map({ Path.join(root, $0) }) { try Self.makeGroup(group) }
    }
  }

  /// Nil when a group can be made there. Only an attempt tells: containers often mount the hierarchy read-only.
  static func obstacle(at mountPoint: String) -> String? {
    let probe = Path.join(mountPoint, "belay-probe-\(Host.processID)")
    do {
      try makeGroup(probe)
      try removeEmptyDirectory(probe)
      return nil
    } catch { return "\(error)" }
  }

  /// Unlike a directory on a disk it cannot be synced.
  private static func makeGroup(_ path: String) throws(SystemError) {
    guard unsafe mkdir(path, 0o755) == 0 || errno == EEXIST else {
      throw SystemError("make the control group", path, code: errno)
    }
  }

  /// The directories that a node's first process must join.
  func joined(by node: String) -> [String] { roots.map { Path.join($0, node) } }

  /// Every process in a node's groups, however deep systemd has sorted them.
  func processes(of node: String) -> Set<Int32> {
    var found: Set<Int32> = []
    for root in roots { collect(Path.join(root, node), into: &found) }
    return found
  }

  private func collect(_ group: String, into found: inout Set<Int32>) {
    // A group may vanish while we look: then nothing is in it.
    guard let names = try? listDirectory(group) else { return }
    if let listed = try? readFile(Path.join(group, "cgroup.procs"), limit: 1 << 20) {
      found.formUnion(String(decoding: listed, as: UTF8.self).split(separator: "\n").compactMap { Int32($0) })
    }
    for name in names where fileKind(Path.join(group, name), followingLinks: false) == .directory {
      collect(Path.join(group, name), into: &found)
    }
  }

  /// Kills everything in the nodes' groups at once and removes the groups.
  func destroy(_ nodes: [String]) async throws {
    let ended = try await poll(atMost: .seconds(20), every: .milliseconds(20)) {
      let rest = nodes.reduce(into: Set<Int32>()) { $0.formUnion(processes(of: $1)) }
      // Zero stands for a process outside our own process namespace, and kill(0) would end ourselves.
      for pid in rest where pid > 0 { kill(pid, SIGKILL) }
      return rest.isEmpty
    }
    guard ended else {
      throw LabError(
        "some processes of the lab do not end", help: "see them in \(roots.joined(separator: ", "))")
    }
    for root in roots { try remove(root) }
  }

  private func remove(_ group: String) throws {
    guard fileKind(group, followingLinks: false) == .directory else { return }
    for name in try listDirectory(group) where fileKind(Path.join(group, name)) == .directory {
      try remove(Path.join(group, name))
    }
    try removeEmptyDirectory(group)
  }
}
