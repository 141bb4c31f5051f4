package import Model
package import Planning
package import Transport

/// Files on nodes, over the command channel: a node needs a shell and coreutils, not SFTP. A new version is
/// written beside the old one, synced and renamed over it; the old one stays beside it until the run ends well.
package enum RemoteFile {
  /// Prints `absent`, `link`, `other`, or the mode and owner and then the content.
  static func lookCommand(_ path: String) -> String {
    nodeScript(
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

  /// How a node tells that the content came whole: a connection that breaks must not leave half of it.
  enum Arrival {
    /// SHA-256.
    case digest(String)
    case size(Int)

    var argument: String {
      switch self {
      case .digest(let digest): digest
      case .size(let size): "size:\(size)"
      }
    }
  }

  /// A file to be put in place; its content comes on standard input.
  struct Put {
    var path: String
    var mode: String?
    var owner: String?
    var arrival: Arrival
    /// SHA-256 of what may be replaced, `absent`, or nothing when that is not known.
    var expected: String
  }

  /// Keeps the old version beside the new one until the run ends well.
  static func putCommand(_ put: Put, in site: ActSite) -> String {
    nodeScript(
      """
      set -eu
      umask 077
      p=$1 keep=$2 directory=$(dirname -- "$1")
      [ -d "$directory" ] || { echo "there is no directory $directory to write $p in" >&2; exit 1; }
      [ ! -L "$p" ] || { echo "$p is a symbolic link, and belay writes through none" >&2; exit 1; }
      new=$(mktemp "$p.belay-new.XXXXXX")
      trap 'rm -f -- "$new"' EXIT
      cat > "$new"
      case $5 in size:*) sum=size:$(($(wc -c < "$new"))) ;; *) sum=$(sha256sum < "$new") ;; esac
      [ "${sum%% *}" = "$5" ] || { echo "the content of $p did not arrive whole" >&2; exit 1; }
      if [ -n "$6" ]; then
        now=absent
        [ ! -e "$p" ] || { sum=$(sha256sum < "$p"); now=${sum%% *}; }
        [ "$now" = "$6" ] || [ "$now" = "$5" ] ||
          { echo "$p is not what it was when the plan was made" >&2; exit 1; }
      fi
      if [ -e "$p" ]; then
        [ -e "$keep" ] || [ -e "$keep.absent" ] || { cp -p -- "$p" "$keep.part"; sync "$keep.part"; mv -- "$keep.part" "$keep"; }
        chmod --reference="$p" "$new" 2>/dev/null || chmod "$(stat -c %a -- "$p")" "$new"
        chown "$(stat -c %u:%g -- "$p")" "$new"
      else : > "$keep.absent"; sync "$keep.absent"; chmod 0644 "$new"; fi
      [ -z "$3" ] || chmod "$3" "$new"
      [ -z "$4" ] || chown "$4" "$new"
      sync "$new"; mv -f -- "$new" "$p"; sync "$directory"
      """,
      [
        put.path, keep(put.path, in: site), put.mode ?? "", put.owner ?? "", put.arrival.argument,
        put.expected,
      ])
  }

  /// Puts back exactly what was there: content, mode and owner, or nothing. Without a trace of our own writing
  /// the file was never touched, and stays. `expected` as for the put.
  static func restoreCommand(_ path: String, expected: String, in site: ActSite) -> String {
    nodeScript(
      """
      set -eu
      directory=$(dirname -- "$1")
      [ "$3" != absent ] || [ -d "$directory" ] || exit 0
      if [ -e "$2" ]; then mv -f -- "$2" "$1"
      elif [ -e "$2.absent" ]; then rm -f -- "$1" "$2.absent"; fi
      rm -f -- "$2.part" "$1".belay-new.??????
      sync "$directory"
      """, [path, keep(path, in: site), expected])
  }

  static func forgetCommand(_ path: String, in site: ActSite) -> String {
    nodeScript("rm -f -- \"$1\" \"$1.absent\"", [keep(path, in: site)])
  }

  /// One for each act: a run that writes twice goes back step by step.
  static func keep(_ path: String, in site: ActSite) -> String {
    "\(path).belay-before-\(site.run)-\(site.task)"
  }
}
