import Model
import Planning

/// Empties a directory whose service is not running, after its content is safe in an archive.
extension PlannedWipe: NodeAct {
  var isForStrangers: Bool { true }
  var display: String { "empty \(path)" + (archive.map { ", with an archive in \($0)" } ?? "") }
  var undoDisplay: String { "put the content of \(path) back" }

  func command(in site: ActSite) throws -> String {
    try exact()
    return nodeScript(
      """
      set -eu
      umask 077
      \(Self.common)
      [ -e "$p" ] || [ -L "$p" ] || exit 0
      check
      if [ -n "$keep" ] && [ ! -e "$tar" ]; then
        mkdir -p -- "$keep"
        need=$(du -sk "$p" | cut -f 1)
        free=$(df -Pk "$keep" | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4)
        [ "$free" -gt $((need + need / 10 + 1024)) ] ||
          refuse "$keep has $free KiB free, and the archive of $p needs about $need"
        tar -cf "$tar.part" -C "$p" .
        tar -tf "$tar.part" > /dev/null
        sync "$tar.part"
        mv -- "$tar.part" "$tar"
        sync "$keep"
        idle
      fi
      empty
      """, arguments(site))
  }

  /// Without a whole archive nothing was deleted.
  func undoCommand(in site: ActSite) throws -> String {
    try exact()
    return nodeScript(
      """
      set -eu
      umask 077
      \(Self.common)
      rm -f -- "$tar.part"
      [ -e "$tar" ] || exit 0
      check
      empty
      # The modes are those in the archive; busybox would take the mask away from them.
      umask 0
      tar -xpf "$tar" -C "$p"
      sync
      rm -f -- "$tar"
      """, arguments(site))
  }

  /// What has come into the directory since is nobody's to delete: it is moved beside, under a name that says so.
  func lateUndo(in site: ActSite, _ facts: LateUndoFacts) throws -> LateUndo {
    try exact()
    let wasThere = if case .directory? = previous { facts.wasDone } else { false }
    let command = nodeScript(
      """
      set -eu
      umask 077
      \(Self.common)
      rm -f -- "$tar.part"
      [ -e "$tar" ] || { [ -n "$6" ] || exit 0; refuse "the archive $tar is no longer there"; }
      check
      since=$p.made-since-$4
      if [ -n "$(ls -A "$p")" ]; then
        [ ! -e "$since" ] || refuse "$p has content again, and so has $since: both are left alone"
        mv -- "$p" "$since"
        mkdir -- "$p"
        chmod --reference="$since" "$p" 2>/dev/null || chmod "$(stat -c %a -- "$since")" "$p"
        chown "$(stat -c %u:%g -- "$since")" "$p"
      fi
      umask 0
      tar -xpf "$tar" -C "$p"
      sync
      rm -f -- "$tar"
      """, arguments(site) + [wasThere ? "yes" : ""])
    return LateUndo(command: command)
  }

  private static let common = """
    p=$1 u=$2 keep=$3 tar=$3/belay-$4-$5.tar
    refuse() { echo "$1" >&2; exit 1; }
    idle() {
      case $(systemctl show -p LoadState -p ActiveState -- "$u") in
        *LoadState=not-found*) refuse "systemd knows no $u" ;;
        *ActiveState=inactive*|*ActiveState=failed*) ;;
        *) refuse "$u is not inactive, and its data is left alone" ;;
      esac
    }
    check() {
      [ "$(realpath "$p")" = "$p" ] || refuse "$p is or leads through a symbolic link"
      [ -d "$p" ] || refuse "$p is not a directory"
      idle
    }
    empty() {
      (cd -P "$p" && [ "$(pwd)" = "$p" ] && rm -rf -- ..?* .[!.]* *)
      sync "$p"
    }
    """

  private func exact() throws {
    for path in [path, archive].compactMap(\.self) {
      if let problem = pathProblem(path) {
        throw MissingValue(description: "\(path) is not used: \(problem)")
      }
    }
  }

  private func arguments(_ site: ActSite) -> [String] {
    [path, service, archive ?? "", "\(site.run)", site.task]
  }
}
