package import Model
package import Transport

/// An act runs on its node under a receipt: claimed once, run by a process that outlives the connection, its
/// outcome kept on disk. Whoever asks again with the same key waits for it or learns how it ended.
package struct Receipt: Sendable, Hashable {
  package var run: RunID
  /// Which act, which task of it, forwards or back, which attempt.
  package var name: String

  package init(run: RunID, name: String) {
    self.run = run
    self.name = name
  }

  package enum State: Sendable, Equatable {
    case never
    case done(exit: Int)
    /// Claimed, yet nobody is running it and nobody wrote how it ended.
    case unknown(reason: String)
    /// Not started: the node knows a higher number than the one that came with it, and whose it is.
    case outranked(token: Int, run: String)
  }

  /// Runs the command unless this receipt exists already, or the node knows a higher number than the fence's; either
  /// way waits until it has ended.
  package func runCommand(_ command: String, timeoutSeconds: Int, fence: Fence? = nil) -> String {
    let numbers = fence.map { ["\($0.cluster)", "\($0.token)"] } ?? []
    return shell(["run", "\(run)", name, command, "\(timeoutSeconds)"] + numbers)
  }

  /// Waits while it runs, then says how it ended; never starts anything.
  package var askCommand: String { shell(["ask", "\(run)", name, "", "0"]) }

  /// Forgets the receipts of a run that has ended well.
  package static func forgetCommand(run: RunID) -> String {
    Receipt(run: run, name: "-").shell(["forget", "\(run)", "-", "", "0"])
  }

  private func shell(_ arguments: [String]) -> String { nodeScript(Self.script, arguments) }

  package typealias Answer = (state: State, stdout: [UInt8])

  /// Splits what the script printed into its verdict and the command's own output.
  package static func read(_ result: CommandResult) -> Answer {
    if case .unknown(let reason) = result.exit { return (.unknown(reason: reason), []) }
    let bytes = result.stdout.bytes
    let newline = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
    let words = String(decoding: bytes[..<newline], as: UTF8.self).split(separator: " ")
    let rest = Array(bytes[newline...].dropFirst())
    guard words.first == "belay-receipt", words.count > 1, result.exit.isSuccess else {
      return (.unknown(reason: "the receipt could not be kept on the node: \(result.failureText)"), [])
    }
    switch words[1] {
    case "never": return (.never, [])
    case "outranked":
      return (
        .outranked(
          token: words.count > 2 ? Int(words[2]) ?? 0 : 0, run: words.count > 3 ? String(words[3]) : ""), []
      )
    case "done":
      if words.count > 2, let exit = Int(words[2]) { return (.done(exit: exit), rest) }
      return (.unknown(reason: "its receipt does not say how it ended"), rest)
    default:
      let reason =
        switch words.dropFirst(2).first {
        case "rebooted": "the node was rebooted while it ran"
        case "forgotten": "what the node kept of it was deleted after \(daysKept) days"
        default: "whoever ran it on the node died before it ended"
        }
      return (.unknown(reason: reason), rest)
    }
  }

  /// POSIX sh with coreutils, flock and setsid; busybox has them all. The lock is taken before the claim and is
  /// inherited by the process that runs the act, so that there is no moment in which it is claimed but unheld.
  /// `kill -0` cannot tell a dead runner from a zombie; the lock can. The command itself lets go of it, or the
  /// daemons that it leaves would hold it for ever; `timeout` keeps it until the command has ended, even when
  /// the runner is killed before.
  ///
  /// The number is compared, and the act claimed, under the mutex of the lock: what was claimed before somebody took
  /// the cluster over is there to be asked about, and nothing is claimed after it. What comes on standard input is read
  /// before, or a slow sender would keep that mutex.
  private static let script = """
    umask 077
    \(stateDirectoryScript)
    runs=$base/receipts; d=$runs/$2/$3 fence=$6 mine=$7
    \(LockScript.load)
    report() {
      if [ -f "$d/exit" ]; then
        printf 'belay-receipt done %s\\n' "$(cat "$d/exit")"; head -c 1048576 "$d/out"
        head -c 1048576 "$d/err" >&2
      elif [ "$(cat "$d/boot" 2>/dev/null)" != "$(cat /proc/sys/kernel/random/boot_id)" ]; then
        printf 'belay-receipt unknown rebooted\\n'
      else printf 'belay-receipt unknown\\n'; fi
      exit 0
    }
    if [ "$1" = forget ]; then rm -rf -- "${runs:?}/${2:?}"; printf 'belay-receipt never\\n'; exit 0; fi
    if [ "$1" = ask ] && [ ! -d "$runs/$2" ]; then printf 'belay-receipt never\\n'; exit 0; fi
    first=; [ -d "$runs/$2" ] || first=$runs
    mkdir -p "$runs/$2" && exec 9>>"$d.lock" || exit 70
    flock 9 || exit 70
    [ -d "$d" ] && report
    if [ "$1" = ask ]; then
      if [ -e "$runs/$2/forgotten" ]; then printf 'belay-receipt unknown forgotten\\n'
      else printf 'belay-receipt never\\n'; fi
      exit 0
    fi
    drop() { rm -rf -- "$d" "$d.in"; exit "$1"; }
    cat > "$d.in" || drop 70
    if [ -n "$fence" ]; then
      k=$base/locks/$fence
      { [ -d "$k" ] || mkdir -p "$k"; } && exec 8>>"$k/mutex" && flock 8 || drop 70
      load
      if [ "$token" -gt "$mine" ]; then printf 'belay-receipt outranked %s %s\\n' "$token" "$run"; drop 0; fi
      [ "$token" = "$mine" ] || { token=$mine run=$2 until=0 note=; save; }
    fi
    mkdir "$d" && mv "$d.in" "$d/in" && cat /proc/sys/kernel/random/boot_id > "$d/boot" &&
      sync "$d/in" "$d/boot" "$d" "$runs/$2" || drop 70
    setsid sh -c '
      timeout -k 5 "$3" sh -c "exec 9>&-; exec sh -c \\"\\$1\\"" belay "$2" <"$1/in" >"$1/out" 2>"$1/err"
      echo $? > "$1/exit.new"; rm -f "$1/in"; sync "$1/out" "$1/err" "$1/exit.new" && mv "$1/exit.new" "$1/exit" && sync "$1"
      [ -z "$4" ] || { exec 9>&-; \(sweep); }
    ' belay "$d" "$4" "$5" "$first" </dev/null >/dev/null 2>&1 8>&- &
    exec 8>&- 9>&-
    exec 9>>"$d.lock"; flock 9; report
    """

  package static let daysKept = 30

  /// With the first act of a run on a node, and after it: what is left of runs that did not end well and that nothing has
  /// happened to for so long. A mark stays, or an act that nobody saw end would seem never to have begun.
  private static let sweep = """
    now=$(date +%s)
    for r in "$4"/*; do
      [ -d "$r" ] && [ ! -e "$r/forgotten" ] && [ $((now - $(stat -c %Y "$r"))) -gt \(daysKept * 86_400) ] || continue
      idle=1
      for l in "$r"/*.lock; do [ ! -e "$l" ] || flock -n "$l" true || idle=; done
      [ "$idle" ] || continue
      : > "$r/forgotten"
      for f in "$r"/*; do [ "$f" = "$r/forgotten" ] || rm -rf -- "$f"; done
    done
    """
}
