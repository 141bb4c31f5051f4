internal import Expressions
package import Model
package import Planning
package import Transport

/// Files on nodes, over the command channel: a node needs a shell and coreutils, not SFTP. A new version is
/// written beside the old one, synced and renamed over it; the old one stays beside it until the run ends well.
package enum RemoteFile {
  /// Prints `absent`, `link`, `other`, or the mode and owner and then the content.
  static func lookCommand(_ path: String) -> String {
    shell(
      """
      if [ -L "$1" ]; then echo link; elif [ ! -e "$1" ]; then echo absent
      elif [ ! -f "$1" ]; then echo other
      else stat -c '%a %U:%G' -- "$1" && cat -- "$1"; fi
      """, [path])
  }

  package static func look(at path: String, on node: NodeName, through transport: any CommandTransport)
    async -> LookResult
  {
    do {
      let result = try await transport.run(CommandRequest(node: node, command: lookCommand(path)))
      guard result.exit.isSuccess, !result.stdout.isTruncated else { return .failed(result.failureText) }
      let bytes = result.stdout.bytes
      let newline = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
      let words = String(decoding: bytes[..<newline], as: UTF8.self).split(separator: " ").map(String.init)
      switch words.first {
      case "absent": return .file(.absent)
      case "link": return .failed("\(path) is a symbolic link, and belay writes through none")
      case "other": return .failed("\(path) is not a regular file")
      default:
        guard words.count == 2 else { return .failed("\(path) could not be read") }
        let content = String(decoding: bytes[newline...].dropFirst(), as: UTF8.self)
        return .file(.present(content: content, mode: words[0], owner: words[1]))
      }
    } catch {
      return .failed(error.message)
    }
  }

  package enum LookResult: Sendable, Equatable {
    case file(PreviousFile)
    case failed(String)
  }

  /// Reads the new content on standard input. `previous` names where the old version stays.
  static func putCommand(_ file: PlannedFile, run: RunID) -> String {
    shell(
      """
      set -eu
      umask 077
      p=$1 keep=$2
      [ ! -L "$p" ] || { echo "$p is a symbolic link, and belay writes through none" >&2; exit 1; }
      new=$(mktemp "$p.belay-new.XXXXXX")
      trap 'rm -f -- "$new"' EXIT
      cat > "$new"
      if [ -e "$p" ]; then
        [ -e "$keep" ] || [ -e "$keep.absent" ] || { cp -p -- "$p" "$keep.part"; sync "$keep.part"; mv -- "$keep.part" "$keep"; }
        chmod --reference="$p" "$new" 2>/dev/null || chmod "$(stat -c %a -- "$p")" "$new"
        chown "$(stat -c %u:%g -- "$p")" "$new"
      else : > "$keep.absent"; sync "$keep.absent"; chmod 0644 "$new"; fi
      [ -z "$3" ] || chmod "$3" "$new"
      [ -z "$4" ] || chown "$4" "$new"
      sync "$new"; mv -f -- "$new" "$p"; sync "$(dirname -- "$p")"
      """, [file.path, previousPath(file.path, run: run), file.mode ?? "", file.owner ?? ""])
  }

  /// Puts back exactly what was there: content, mode and owner, or nothing. Without a trace of our own writing
  /// the file was never touched, and stays.
  static func restoreCommand(_ path: String, run: RunID) -> String {
    shell(
      """
      set -eu
      if [ -e "$2" ]; then mv -f -- "$2" "$1"
      elif [ -e "$2.absent" ]; then rm -f -- "$1" "$2.absent"; fi
      rm -f -- "$2.part" "$1".belay-new.??????
      sync "$(dirname -- "$1")"
      """, [path, previousPath(path, run: run)])
  }

  static func forgetCommand(_ path: String, run: RunID) -> String {
    shell("rm -f -- \"$1\" \"$1.absent\"", [previousPath(path, run: run)])
  }

  private static func previousPath(_ path: String, run: RunID) -> String { "\(path).belay-before-\(run)" }

  private static func shell(_ script: String, _ arguments: [String]) -> String {
    (["sh", "-c", script, "belay"] + arguments).map { shellQuoted($0) }.joined(separator: " ")
  }
}
