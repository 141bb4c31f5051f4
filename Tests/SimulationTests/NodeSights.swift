import Model
import Transport

/// What planning sees on a node that runs, or will run, a member: a service, files that are there or not.
struct NodeSights {
  var members: Set<NodeName>
  /// Whether any other question is answered well, or by nobody.
  var knowsAll = false

  func answer(_ text: String, on node: NodeName) -> CommandResult {
    let words = shellWords(text.utf8)
    guard words.count > 4, words[0] == "sh", words[1] == "-c" else {
      return knowsAll ? .printed("") : .printed("what is \(text.prefix(100))?", exit: 127)
    }
    let script = words[2]
    let path = words[4]
    if script.hasPrefix("systemctl show") {
      let active = members.contains(node) ? "active" : "inactive"
      let enabled = members.contains(node) ? "enabled" : "disabled"
      return .printed("LoadState=loaded\nActiveState=\(active)\nUnitFileState=\(enabled)\n")
    }
    if script.contains("stat -c '%a %U:%G'") {
      // What is to be changed in part has to be there.
      let isThere = knowsAll && (path.hasSuffix(".toml") || path.hasPrefix("/etc/default/"))
      return .printed(isThere ? "644 root:root\n" : "absent\n")
    }
    if script.contains("stat -c 'directory %a %U:%G'") {
      let isFile = path.split(separator: "/").last?.contains(".") == true
      return .printed(isFile ? "absent\n" : "directory 755 root:root\n")
    }
    return .printed("")
  }
}
