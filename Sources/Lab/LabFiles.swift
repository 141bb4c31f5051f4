import Platform

/// The files of a lab. Everything is in one directory, so that `down` knows what to remove.
package struct LabFiles: Sendable, Equatable {
  package let directory: String

  /// Absolute, since sshd and the inventory's readers have working directories of their own.
  init(absolute directory: String) throws(SystemError) {
    self.directory = Path.normalized(
      directory, from: Path.isAbsolute(directory) ? "/" : try currentDirectory())
  }

  package var inventory: String { Path.join(directory, "inventory.yaml") }
  package var knownHosts: String { Path.join(directory, "known_hosts") }
  package var identity: String { Path.join(directory, "id_ed25519") }
  package var record: String { Path.join(directory, "lab.json") }
  var publicKey: String { "\(identity).pub" }
  var nodes: String { Path.join(directory, "nodes") }
  func node(_ name: String) -> String { Path.join(nodes, name) }
  func hostKey(of node: String) -> String { Path.join(self.node(node), "ssh_host_ed25519_key") }
  /// What the stand-ins of all nodes share: the truth about the cluster, and the log of calls.
  package var shared: String { Path.join(directory, "shared") }
  package func log(of node: String) -> String { Path.join(self.node(node), "log") }

  /// Removes what a lab wrote and nothing else: the user may have named a directory that holds more.
  func remove() throws(SystemError) {
    try removeTree(nodes)
    try removeTree(shared)
    // The record goes last: while it is there, `down` can be tried again.
    for file in [inventory, knownHosts, identity, publicKey, record] where fileKind(file) != nil {
      try removeFile(file)
    }
    if try listDirectory(directory).isEmpty { try removeEmptyDirectory(directory) }
  }
}

/// Removes a directory and all in it, following no symbolic link.
private func removeTree(_ path: String) throws(SystemError) {
  guard let kind = fileKind(path, followingLinks: false) else { return }
  guard kind == .directory else { return try removeFile(path) }
  for name in try listDirectory(path) { try removeTree(Path.join(path, name)) }
  try removeEmptyDirectory(path)
}
