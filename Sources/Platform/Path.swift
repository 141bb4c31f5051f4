/// Paths as text, without asking the disk.
package enum Path {
  /// `name` inside `directory`; an absolute name stands for itself.
  package static func join(_ directory: String, _ name: String) -> String {
    if name.hasPrefix("/") || directory.isEmpty { return name }
    return directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }

  /// The last component, as `basename` prints it.
  package static func name(of path: String) -> String {
    let trimmed = trimmingSlashes(path)
    guard let slash = trimmed.lastIndex(of: "/") else { return String(trimmed) }
    return trimmed == "/" ? "/" : String(trimmed[trimmed.index(after: slash)...])
  }

  /// The directory that holds it, as `dirname` prints it.
  package static func parent(of path: String) -> String {
    let trimmed = trimmingSlashes(path)
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmingSlashes(String(trimmed[..<slash])))
  }

  /// Without its last extension: `a/b.yaml` becomes `a/b`; a leading dot is part of the name.
  package static func withoutExtension(_ path: String) -> String {
    let name = name(of: path)
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return path }
    return String(path.dropLast(name.distance(from: dot, to: name.endIndex)))
  }

  package static func isAbsolute(_ path: String) -> Bool { path.hasPrefix("/") }

  /// Absolute, without `.` and with each `..` taking away the component before it. Symbolic links are not followed.
  package static func normalized(_ path: String, from directory: String) -> String {
    var components: [Substring] = []
    for component in join(directory, path).split(separator: "/") {
      switch component {
      case ".": continue
      case "..": _ = components.popLast()
      default: components.append(component)
      }
    }
    return "/" + components.joined(separator: "/")
  }

  private static func trimmingSlashes(_ path: String) -> Substring {
    var trimmed = path[...]
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    return trimmed
  }
}
