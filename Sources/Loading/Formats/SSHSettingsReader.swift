import Model

/// Reads `ssh:`; paths are taken from where the inventory is, not from where belay was started.
struct SSHSettingsReader {
  let directory: String
  let home: String?
  let problems: Problems

  func read(_ node: YAMLNode, _ subject: String) -> SSHSettings {
    guard var keys = MappingReader(node, subject, problems) else { return SSHSettings() }
    let host = keys.optional("host", .host)
    let port = keys.optional("port", .int(1...65535))
    let user = keys.optional("user", .user)
    let identity = keys.optional("identity", .oneOrMore(of: path))
    let knownHosts = keys.optional("known_hosts", .oneOrMore(of: path))
    let agent = keys.optional("agent", .flag)
    let timeout = keys.optional("connect_timeout", .duration)
    keys.finish()
    return SSHSettings(
      host: host, port: port, user: user, identityFiles: identity, knownHostsFiles: knownHosts,
      useAgent: agent, connectTimeoutSeconds: timeout.map { $0 / .seconds(1) })
  }

  var path: Shape<String> {
    Shape("a path") { node, name, problems in
      guard let text = Shape<String>.string.read(node, name, problems) else { return nil }
      if text.hasPrefix("~/") {
        guard let home else {
          problems.error(
            "no-home", "\(name) is in the home directory, which is not known", at: node.location,
            help: "set HOME, or write the whole path")
          return nil
        }
        return join(home, String(text.dropFirst(2)))
      }
      return text.hasPrefix("/") ? text : join(directory, text)
    }
  }
}

extension Shape where Result == String {
  static var host: Shape {
    matching(
      "a host name or an address", schema: Names.scalarSchema(pattern: Names.hostPattern), Names.isHost)
  }

  fileprivate static var user: Shape {
    matching("a user's name", schema: Names.scalarSchema(pattern: Names.userPattern), Names.isUser)
  }
}

/// `a` and `b` as one path, without a `./` at its start.
func join(_ directory: String, _ path: String) -> String {
  let path = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
  if directory.isEmpty || directory == "." { return path }
  return directory.hasSuffix("/") ? directory + path : directory + "/" + path
}

/// The directory a path is in; empty for a bare file name.
func parent(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "" }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}
