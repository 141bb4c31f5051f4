internal import Expressions
package import Model
package import Transport

/// An act runs on its node under a receipt: claimed once, run by a process that outlives the connection, its
/// outcome kept on disk. Whoever asks again with the same key waits for it or learns how it ended.
package struct Receipt: Sendable, Hashable {
  package var run: RunID
  /// Which act, which task of it, forwards or back, which attempt that is one of its own.
  package var name: String
  /// Attempts that only got lost share the receipt. Once somebody was told that none of them had begun, those up to this
  /// number do not begin any more: a node may read what a dead connection held long after.
  package var attempt: Int

  package init(run: RunID, name: String, attempt: Int = 1) {
    self.run = run
    self.name = name
    self.attempt = attempt
  }

  package enum State: Sendable, Equatable {
    case never
    case done(exit: Int)
    /// Claimed, yet nobody is running it and nobody wrote how it ended.
    case unknown(reason: String)
    /// Not started: the node knows a higher number than the one that came with it, and whose it is; or it was told that the
    /// run with this number has ended.
    case outranked(token: Int, run: String)
  }

  /// Runs the command unless this receipt exists already, or the node knows a higher number than the fence's; either
  /// way waits until it has ended.
  /// `hasInput`: its standard input is what is sent along.
  package func runCommand(
    _ command: String, timeoutSeconds: Int, fence: Fence? = nil, hasInput: Bool = true
  ) -> String {
    shell(
      ["run", "\(run)", name, "\(attempt)", command, "\(timeoutSeconds)", hasInput ? "input" : ""]
        + Self.words(fence))
  }

  /// Waits while it runs, then says how it ended; never starts anything. If it had not begun, it never will.
  package var askCommand: String { shell(["ask", "\(run)", name, "\(attempt)"]) }

  /// Forgets the receipts of a run that has ended well. Nothing is started under its number any more, or a request that the
  /// node reads from a dead connection only now would find no receipt and begin anew.
  package static func forgetCommand(run: RunID, fence: Fence? = nil) -> String {
    Receipt(run: run, name: "-").shell(["forget", "\(run)", "-", "", "", "", ""] + words(fence))
  }

  private static func words(_ fence: Fence?) -> [String] {
    fence.map { ["\($0.cluster)", "\($0.token)"] } ?? []
  }

  private func shell(_ arguments: [String]) -> String {
    ([Self.call] + arguments.map { shellQuoted($0) }).joined(separator: " ")
  }

  /// The script is quoted once and for all: it is long, and every act sends it. The login shell makes room for it.
  private static let call = "exec " + nodeScript(script, [])

  package typealias Answer = (state: State, stdout: [UInt8])

  /// Splits what the script printed into its verdict and the command's own output.
  package static func read(_ result: CommandResult) -> Answer {
    switch result.exit {
    case .unknown(let reason): return (.unknown(reason: reason), [])
    case .signal(let signal): return (.unknown(reason: "its runner on the node was killed by \(signal)"), [])
    case .status: break
    }
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
        case "rebooted": "the node was rebooted before its end was on disk"
        case "forgotten": "what the node kept of it was deleted after \(daysKept) days"
        default: "whoever ran it on the node died before it ended"
        }
      return (.unknown(reason: reason), rest)
    }
  }

  /// POSIX sh with coreutils and flock; busybox has them all. The shell that was asked runs the act itself and goes on when
  /// its connection is gone: sshd gives each command a session without a terminal, and ends nothing with a connection.
  /// The lock is taken before the claim, so that there is no moment in which an act is claimed but unheld.
  /// `kill -0` cannot tell a dead runner from a zombie; the lock can. The command itself lets go of it, or the
  /// daemons that it leaves would hold it for ever; `timeout` keeps it until the command has ended, even when
  /// the runner is killed before.
  ///
  /// The number is compared once the act is claimed: whoever takes the cluster over writes a higher one first and asks for
  /// what was claimed then, so that either the claim is found there or the number is found here. A number that is new to the
  /// node is written under the mutex of the lock, after standard input was read, or a slow sender would keep it.
  ///
  /// Who is told `never` may take the act for one that will not happen, and turn back. So the answer closes it: it needs no
  /// sync, since what a dead connection held does not survive a power failure either.
  ///
  /// Each program that it starts is paid for with every act, so that whatever the shell can do itself, it does. While the claim
  /// comes to the disk the command's shell starts, and waits to be told that it is there. The outcome is told while it and what
  /// the act printed come to the disk: who hears of it journals it. `whole` says that they are there; an outcome without it
  /// counts until the node is rebooted, and is unknown then.
  private static let script = """
    umask 077
    \(stateDirectoryScript)
    runs=$base/receipts; d=$runs/$2/$3 fence=$8 mine=$9 in=/dev/null
    k=$base/locks/$fence
    \(LockScript.load)
    mutex() { { [ -d "$k" ] || mkdir -p "$k"; } && exec 8>>"$k/mutex" && flock 8; }
    IFS= read -r boot < /proc/sys/kernel/random/boot_id || exit 70
    report() {
      claimed= code= whole=
      [ ! -s "$d.boot" ] || IFS= read -r claimed < "$d.boot"
      [ ! -s "$d.exit" ] || { read -r code; read -r whole; } < "$d.exit"
      if [ "$code" ] && { [ "$claimed" = "$boot" ] || [ "$whole" ]; }; then
        printf 'belay-receipt done %s\\n' "$code"
        [ ! -s "$d.out" ] || head -c 1048576 "$d.out"
        [ ! -s "$d.err" ] || head -c 1048576 "$d.err" >&2
      elif [ "$claimed" = "$boot" ]; then printf 'belay-receipt unknown\\n'
      else printf 'belay-receipt unknown rebooted\\n'; fi
      exit 0
    }
    never() { printf 'belay-receipt never\\n'; exit 0; }
    if [ "$1" = forget ]; then
      if [ -n "$fence" ]; then
        mutex || exit 70
        load
        [ "$ended" -ge "$mine" ] || { ended=$mine; save; }
      fi
      rm -rf -- "${runs:?}/${2:?}"; never
    fi
    first=
    [ -d "$runs/$2" ] || { first=$runs; mkdir -p "$runs/$2"; } || { [ "$1" = run ] && exit 70; never; }
    exec 9>>"$d.lock" && flock 9 || exit 70
    [ ! -e "$d.boot" ] || report
    void=0
    [ ! -s "$d.void" ] || IFS= read -r void < "$d.void"
    if [ "$1" = ask ]; then
      [ ! -e "$runs/$2/forgotten" ] || { printf 'belay-receipt unknown forgotten\\n'; exit 0; }
      [ "$4" -le "$void" ] || printf '%s\\n' "$4" > "$d.void"
      never
    fi
    [ "$4" -gt "$void" ] || never
    drop() { rm -f -- "$d.boot" "$d.in"; exit "$1"; }
    if [ -n "$7" ]; then in=$d.in; cat > "$in" && sync "$in" || drop 70; fi
    passes() {
      [ -n "$fence" ] || return 0
      load
      by=
      if [ "$ended" != 0 ] && [ "$ended" -ge "$mine" ]; then by=$ended
      elif [ "$token" -gt "$mine" ]; then by="$token $run"; fi
      [ -z "$by" ]
    }
    refuse() { printf 'belay-receipt outranked %s\\n' "$by"; drop 0; }
    passes || refuse
    if [ -n "$fence" ] && [ "$token" != "$mine" ]; then
      mutex || drop 70
      passes || refuse
      [ "$token" = "$mine" ] || { rm -f -- "$k/before"; token=$mine run=$2 until=0 note=; save; }
      exec 8>&-
    fi
    trap : HUP INT TERM
    printf '%s\\n' "$boot" > "$d.boot" || drop 70
    { (sync "$d.boot" "$runs/$2" && passes && echo) || rm -f -- "$d.boot"; } |
      timeout -k 5 "$6" sh -c "read -r _ <&3 || exit; exec 3<&- 9>&-
        $5" 3<&0 <"$in" >"$d.out" 2>"$d.err"
    code=$?
    [ -e "$d.boot" ] || { passes || refuse; drop 70; }
    [ "$in" = /dev/null ] || rm -f -- "$in"
    echo "$code" > "$d.exit"
    exec 9>&-
    {
      { [ ! -s "$d.out" ] && [ ! -s "$d.err" ] || sync "$d.out" "$d.err"; } && [ -e "$d.exit" ] && echo whole >> "$d.exit"
      sync "$d.exit" "$runs/$2"
      [ -z "$first" ] || { \(sweep); }
    } </dev/null >/dev/null 2>&1 &
    report
    """

  package static let daysKept = 30

  /// With the first act of a run on a node, and after it: what is left of runs that did not end well and that nothing has
  /// happened to for so long. A mark stays, or an act that nobody saw end would seem never to have begun.
  private static let sweep = """
    now=$(date +%s)
    for r in "$first"/*; do
      [ -d "$r" ] && [ ! -e "$r/forgotten" ] && [ $((now - $(stat -c %Y "$r"))) -gt \(daysKept * 86_400) ] || continue
      idle=1
      for l in "$r"/*.lock; do [ ! -e "$l" ] || flock -n "$l" true || idle=; done
      [ "$idle" ] || continue
      : > "$r/forgotten"
      rm -rf -- "$r"/*.*
    done
    """
}
