import Hashing
import Model
import Planning

/// How an act of belay's own is undone once its run was over: nodes may have forgotten what they kept for the way
/// back, and others may have been there since. Such an undo looks before it changes anything.
struct LateUndo {
  var command: String
  /// What the command reads on its standard input.
  var stdin: [UInt8] = []
}

/// What is known of the act that is undone late.
struct LateUndoFacts {
  /// It certainly did what it was to do.
  var wasDone: Bool
  /// Its run ended well, and nodes forgot then what they had kept.
  var isForgotten: Bool
}

extension PlannedFile {
  func lateUndo(in site: ActSite, _ facts: LateUndoFacts) throws -> LateUndo {
    let written = parts == nil ? contentDigest : "size:\(try content(in: site).count)"
    var late = LateFile(path: path, written: written)
    late.earlier = earlier
    return late.undo(in: site, facts)
  }

  /// What the plan knows of the file as it was.
  private var earlier: LateFile.Earlier {
    switch previous {
    case .absent: .absent
    case .present(let content, let mode, let owner) where parts == nil && !content.contains("\u{FFFD}"):
      .content(Array(content.utf8), mode: mode, owner: owner)
    case .present: .lost(why: "no plan holds all of what it was")
    case .unknown: .lost(why: "nobody looked at it when the plan was made")
    }
  }

  /// Why it can no longer be put back once its run has ended well; nil when it can.
  var lossAfterwards: String? {
    guard case .lost(let why) = earlier else { return nil }
    return "\(path): \(why), and its node forgot it when the run ended well"
  }
}

extension PlannedCopy {
  func lateUndo(in site: ActSite, _ facts: LateUndoFacts) throws -> LateUndo {
    guard let content else { throw MissingValue(description: "\(source) was not read while planning") }
    var late = LateFile(path: path, written: content.sha256)
    late.earlier = previous == .absent ? .absent : .lost(why: "a plan holds only the SHA-256 of what it was")
    if case .file(let digest, _, _)? = previous { late.earlierDigest = digest.sha256 }
    return late.undo(in: site, facts)
  }

  var lossAfterwards: String? {
    previous == .absent
      ? nil
      : "a plan holds only the SHA-256 of what \(path) was, and its node forgot the rest when the run ended well"
  }
}

extension PlannedTask.Work {
  /// Why an act whose run ended well cannot be undone any more, as far as its plan knows.
  var lossAfterwards: String? {
    switch self {
    case .file(let file): file.lossAfterwards
    case .copy(let copy): copy.lossAfterwards
    case .service(let service) where (service.byThen ?? service.previous) == nil:
      "nobody saw in which state \(service.name) was"
    default: nil
    }
  }
}

/// A file or a copy: taken back only if it is still what the run wrote, or what was there before.
struct LateFile {
  enum Earlier {
    case absent
    case content([UInt8], mode: String, owner: String)
    case lost(why: String)
  }

  var path: String
  /// SHA-256, or `size:` and the size where a digest would tell a secret.
  var written: String
  var earlier = Earlier.absent
  var earlierDigest = ""

  func undo(in site: ActSite, _ facts: LateUndoFacts) -> LateUndo {
    var stdin: [UInt8] = []
    var words = ["lost", earlierDigest, "", "", ""]
    switch earlier {
    case .absent: words = ["absent", "absent", "", "", ""]
    case .content(let bytes, let mode, let owner):
      stdin = bytes
      words = ["content", sha256(bytes).hex, mode, owner, ""]
    case .lost(let why): words[4] = why
    }
    return LateUndo(
      command: nodeScript(
        Self.script,
        [path, RemoteFile.keep(path, in: site), written, facts.isForgotten ? "yes" : ""] + words),
      stdin: stdin)
  }

  private static let script = """
    set -eu
    umask 077
    p=$1 keep=$2 written=$3 forgotten=$4 how=$5 old=$6 mode=$7 owner=$8 why=$9 directory=$(dirname -- "$1")
    refuse() { echo "$1" >&2; exit 1; }
    clear() {
      [ "$how" != absent ] || [ -d "$directory" ] || exit 0
      rm -f -- "$keep" "$keep.absent" "$keep.part" "$p".belay-new.??????
      sync "$directory"
      exit 0
    }
    [ ! -L "$p" ] || refuse "$p is a symbolic link by now, and is left alone"
    now=absent
    [ ! -e "$p" ] || { now=$(sha256sum < "$p"); now=${now%% *}; }
    if [ -z "$forgotten" ]; then
      [ -e "$keep" ] || [ -e "$keep.absent" ] || clear
      if [ -e "$keep" ]; then old=$(sha256sum < "$keep"); old=${old%% *}; else old=absent; fi
    fi
    [ -z "$old" ] || [ "$now" != "$old" ] || { [ -e "$keep" ] || clear; mv -f -- "$keep" "$p"; clear; }
    case $written in
      size:*) [ "$now" = absent ] || now=size:$(($(wc -c < "$p"))) ;;
    esac
    [ "$now" = "$written" ] || refuse "$p was changed since the run, and is left as it is"
    if [ -e "$keep" ]; then mv -f -- "$keep" "$p"; clear; fi
    if [ -e "$keep.absent" ] || [ "$how" = absent ]; then rm -f -- "$p"; clear; fi
    [ "$how" = content ] || refuse "what $p was before cannot be put back: $why"
    new=$(mktemp "$p.belay-new.XXXXXX")
    trap 'rm -f -- "$new"' EXIT
    cat > "$new"
    sum=$(sha256sum < "$new")
    [ "${sum%% *}" = "$old" ] || refuse "the content of $p did not arrive whole"
    [ -z "$mode" ] || chmod "$mode" "$new"
    [ -z "$owner" ] || chown "$owner" "$new"
    sync "$new"
    mv -f -- "$new" "$p"
    clear
    """
}
