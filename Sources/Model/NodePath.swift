/// What is wrong with a path of something that is to be moved or wiped on a node, or nil. Only a path that says exactly
/// what it means will do: a slip in it costs somebody's data.
package func pathProblem(_ path: String) -> String? {
  guard path.hasPrefix("/") else { return "it is not absolute" }
  let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
  if parts.contains("..") || parts.contains(".") { return "it goes through . or .." }
  if parts.contains("") { return "it has a slash too many" }
  if parts.count < 2 { return "it is too close to the root" }
  let isPlain = path.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
  if !isPlain || path.contains(where: { "*?[]{}$`\\\"'".contains($0) }) {
    return "it has a character that a shell could expand"
  }
  return nil
}

/// Whether a path is the directory or lies in it.
package func isPath(_ path: String, within directory: String) -> Bool {
  path == directory || path.hasPrefix(directory + "/")
}
