import Platform

/// What of this machine its nodes must not see: people's homes, temporary files, the work of whoever started the lab, and
/// what belay keeps here where this machine is a node itself.
enum HiddenPaths {
  private static var always: [String] {
    ["/root", "/home", "/tmp", "/var/tmp", "/var/lib/etcd", "/var/lib/belay", "/etc/systemd/system"]
  }
  /// A node cannot live without these, wherever somebody has checked out something.
  private static var needed: [String] {
    [
      "/bin", "/sbin", "/lib", "/lib64", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/share", "/etc",
      "/var/lib",
      "/var/log", "/dev", "/proc", "/sys", "/run",
    ]
  }

  /// No path lies inside another one of the result.
  static func choose(labDirectory: String) -> [String] {
    var paths = always
    if let home = Host.homeDirectory { paths.append(home) }
    if let current = try? currentDirectory() { paths.append(workTree(of: current)) }
    paths.append(labDirectory)
    var chosen: [String] = []
    // A line is how the script takes a path.
    let candidates = Set(paths.map { Path.normalized($0, from: "/") }).filter {
      !$0.contains("\n") && !holdsNeeded($0)
    }
    for path in candidates.sorted() where !chosen.contains(where: { path.hasPrefix("\($0)/") }) {
      chosen.append(path)
    }
    return chosen
  }

  private static func holdsNeeded(_ path: String) -> Bool {
    path == "/" || needed.contains { $0 == path || $0.hasPrefix("\(path)/") }
  }

  /// The checkout around a directory, or the directory itself.
  private static func workTree(of directory: String) -> String {
    var path = directory
    while path != "/" {
      if fileKind(Path.join(path, ".git")) != nil { return path }
      path = Path.parent(of: path)
    }
    return directory
  }
}
