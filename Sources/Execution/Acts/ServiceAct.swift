import Model
import Planning

/// A unit of systemd. Its state before the act is written down on the node, and the undo goes back to it.
extension PlannedService: NodeAct {
  var display: String {
    let verbs: [ServiceState: String] = [
      .started: "start", .stopped: "stop", .restarted: "restart", .reloaded: "reload",
    ]
    let words = [enabled.map { $0 ? "enable" : "disable" }, state.flatMap { verbs[$0] }].compactMap(\.self)
    return "\(words.joined(separator: " and ")) \(name)"
  }

  var undoDisplay: String { "put \(name) back into the state that it had" }

  func command(in site: ActSite) -> String {
    nodeScript(
      """
      set -eu
      umask 077
      \(Self.common)
      now=$(systemctl show -p LoadState -p ActiveState -p UnitFileState -- "$u")
      case $now in *LoadState=not-found*) echo "systemd knows no $u" >&2; exit 1 ;; esac
      mkdir -p -- "$d"
      [ -e "$f" ] || { printf '%s\\n' "$now" > "$f.new"; sync "$f.new"; mv -- "$f.new" "$f"; sync "$d"; }
      case $enabled in
        true) systemctl enable -- "$u" ;;
        false) systemctl disable -- "$u" ;;
      esac
      case $state in
        started) systemctl start -- "$u" ;;
        stopped) systemctl stop -- "$u" ;;
        restarted) systemctl restart -- "$u" ;;
        reloaded) systemctl reload -- "$u" ;;
      esac
      """, arguments(site))
  }

  /// Only what the act was about goes back; without a note of the state before, it changed nothing.
  func undoCommand(in site: ActSite) -> String { undoCommand(in: site, or: "exit 0", was: "") }

  /// What its node forgot the plan still knows: in which state it was when the plan was made, or when its turn came.
  func lateUndo(in site: ActSite, _ facts: LateUndoFacts) throws -> LateUndo {
    guard facts.isForgotten else { return LateUndo(command: undoCommand(in: site)) }
    guard let status = byThen ?? previous else {
      throw MissingValue(description: "nobody saw in which state \(name) was")
    }
    let was = "ActiveState=\(status.active)\nUnitFileState=\(status.enabled)"
    return LateUndo(command: undoCommand(in: site, or: "was=$6", was: was))
  }

  /// `otherwise`: without a note on the node.
  private func undoCommand(in site: ActSite, or otherwise: String, was: String) -> String {
    nodeScript(
      """
      set -eu
      \(Self.common)
      if [ -e "$f" ]; then was=$(cat -- "$f"); else \(otherwise); fi
      [ -z "$enabled" ] || case $was in
        *UnitFileState=enabled-runtime*) systemctl enable --runtime -- "$u" ;;
        *UnitFileState=enabled*) systemctl enable -- "$u" ;;
        *UnitFileState=disabled*) systemctl disable -- "$u" ;;
      esac
      [ -z "$state" ] || case $was in
        *ActiveState=active*|*ActiveState=activating*|*ActiveState=reloading*) systemctl start -- "$u" ;;
        *) systemctl stop -- "$u" ;;
      esac
      rm -f -- "$f"
      """, arguments(site) + [was])
  }

  func forgetCommand(in site: ActSite) -> String? {
    nodeScript("\(Self.common)\nrm -rf -- \"$d\"", arguments(site))
  }

  private static let common = """
    u=$1 state=$2 enabled=$3
    \(stateDirectoryScript)
    d=$base/kept/$4 f=$base/kept/$4/$5
    """

  private func arguments(_ site: ActSite) -> [String] {
    [name, state?.rawValue ?? "", enabled.map { "\($0)" } ?? "", "\(site.run)", site.task]
  }
}
