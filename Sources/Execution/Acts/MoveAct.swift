import Model
import Planning

/// Something put out of the way, beside where it was. Nothing is ever overwritten, on the way there or back.
extension PlannedMove: NodeAct {
  var display: String { "move \(path) aside" }
  var undoDisplay: String { "move \(path) back" }

  func command(in site: ActSite) throws -> String {
    try exact()
    return nodeScript(
      """
      set -eu
      p=$1 aside=$2
      [ ! -L "$p" ] || { echo "$p is a symbolic link, and is not moved" >&2; exit 1; }
      if [ -e "$aside" ] || [ -L "$aside" ]; then echo "$aside is there already" >&2; exit 1; fi
      if [ ! -e "$p" ]; then
        [ "$3" = ok ] && exit 0
        echo "$p is not there" >&2; exit 1
      fi
      mv -- "$p" "$aside"
      sync "$(dirname -- "$p")"
      """, arguments(site))
  }

  /// What has taken its place since is kept, under a name that says so.
  func undoCommand(in site: ActSite) throws -> String { try undoCommand(in: site, or: "exit 0") }

  /// What was moved stays where it was put, until somebody takes it away.
  func lateUndo(in site: ActSite, _ facts: LateUndoFacts) throws -> LateUndo {
    let wasThere = facts.wasDone && previous != .absent && previous != nil
    let missing = "{ echo \"$aside, where it was put, is no longer there\" >&2; exit 1; }"
    return LateUndo(command: try undoCommand(in: site, or: wasThere ? missing : "exit 0"))
  }

  private func undoCommand(in site: ActSite, or otherwise: String) throws -> String {
    try exact()
    return nodeScript(
      """
      set -eu
      p=$1 aside=$2 since=$4
      [ -e "$aside" ] || [ -L "$aside" ] || \(otherwise)
      if [ -e "$p" ] || [ -L "$p" ]; then
        if [ -e "$since" ] || [ -L "$since" ]; then
          echo "$p has been made again, and so has $since: $aside stays" >&2; exit 1
        fi
        mv -- "$p" "$since"
      fi
      mv -- "$aside" "$p"
      sync "$(dirname -- "$p")"
      """, arguments(site))
  }

  private func exact() throws {
    if let problem = pathProblem(path) { throw MissingValue(description: "\(path) is not moved: \(problem)") }
  }

  private func arguments(_ site: ActSite) -> [String] {
    [path, "\(path).set-aside-\(site.run)", mayBeMissing ? "ok" : "", "\(path).made-during-\(site.run)"]
  }
}
