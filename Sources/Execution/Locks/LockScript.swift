import Expressions
package import Model
package import Transport

/// What nodes do with a lock, each by itself: its record is a file of five lines that is only ever replaced as a whole, by
/// whoever has the mutex beside it.
package enum LockScript {
  package static func read(_ cluster: ClusterName) -> String { shell(["read", "\(cluster)"]) }

  /// Writes the record if its number is lower and it is free or void; for who wrote it already, renews the lease.
  package static func take(
    _ fence: Fence, run: RunID?, over: Int, leaseSeconds: Int, note: LockNote
  ) -> String {
    shell(
      [
        "take", "\(fence.cluster)", "\(fence.token)", run?.rawValue ?? "", "\(over)", "\(leaseSeconds)",
        note.text,
      ])
  }

  /// Puts back what was there before a taking that came to nothing: its number was never used.
  package static func giveBack(_ fence: Fence, run: RunID?, note: LockNote) -> String {
    shell(["give-back", "\(fence.cluster)", "\(fence.token)", run?.rawValue ?? "", note.text])
  }

  /// The holder goes, the number stays.
  package static func letGo(_ fence: Fence, run: RunID) -> String {
    shell(["let-go", "\(fence.cluster)", "\(fence.token)", "\(run)"])
  }

  private static func shell(_ arguments: [String]) -> String { nodeScript(script, arguments) }

  /// The record as it is after the command; or why there is none to be had.
  package static func answer(_ result: CommandResult) -> Result<LockRecord, Unreadable> {
    guard result.exit.isSuccess else { return .failure(Unreadable(reason: result.failureText)) }
    let lines = result.stdout.text.split(separator: "\n", omittingEmptySubsequences: false)
    let words = (lines.first ?? "").split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 4, words[0] == "belay-lock", lines.count > 1, let token = Int(words[1]),
      (0...Fence.limit).contains(token), let lease = Int(words[2])
    else { return .failure(Unreadable(reason: "its answer about the lock makes no sense")) }
    let run = words[3].isEmpty ? nil : RunID(String(words[3]))
    return .success(
      LockRecord(
        token: token, run: run, leaseSeconds: run == nil ? 0 : lease, note: LockNote(text: String(lines[1]))))
  }

  package struct Unreadable: Error {
    package var reason: String
    /// What to do about it.
    package var help: String?
  }

  /// Reads a record into `token`, `run`, `until`, `note` and `ended`, the number of the last run that has ended well and
  /// whose acts left no receipts here; a number that is none could let anybody pass.
  static let load = """
    load() {
      token=0 run= until=0 note= ended=0
      [ ! -e "$k/${1:-record}" ] ||
        for line in token run until note ended; do IFS= read -r "$line"; done < "$k/${1:-record}"
      : "${ended:=0}"
      for number in "$token" "$until" "$ended"; do
        case $number in ''|*[!0-9]*|????????????????*)
          echo "the record of the lock in $k is damaged" >&2; exit 71 ;;
        esac
      done
    }
    save() {
      printf '%s\\n' "$token" "$run" "$until" "$note" "$ended" > "$k/new" && sync "$k/new" &&
        mv "$k/new" "$k/record" && sync "$k" || exit 70
    }
    """

  private static let script = """
    umask 077
    \(stateDirectoryScript)
    k=$base/locks/$2
    \(load)
    say() { printf 'belay-lock %s %s %s\\n%s\\n' "$token" $((until - now)) "$run" "$note"; exit 0; }
    now=$(date +%s)
    if [ "$1" = read ]; then load; say; fi
    mkdir -p "$k" && exec 8>>"$k/mutex" && flock 8 || exit 70
    load
    # Two that unlock, or take the same run up, at the same time differ only in their notes.
    t=$3 r=$4
    mine() { [ "$token" = "$t" ] && [ "$run" = "$r" ] && [ "$note" = "$1" ]; }
    case $1 in
    take)
      if mine "$7" || { mine "$note" && [ -z "$note" ]; }; then until=$((now + $6)) note=$7; save
      elif [ "$token" -lt "$3" ] && { [ -z "$run" ] || [ "$token" -le "$5" ]; }; then
        if [ -e "$k/record" ]; then cp "$k/record" "$k/before"; else : > "$k/before"; fi || exit 70
        token=$3 run=$4 until=$((now + $6)) note=$7; save
      fi ;;
    give-back)
      # Where nobody knows any more what was there, it stays: numbers do not sink, or two could win with the same.
      if mine "$5" && [ -e "$k/before" ]; then
        forgotten=$ended
        if [ -s "$k/before" ]; then load before; else token=0 run= until=0 note=; fi
        ended=$forgotten; save; rm -f "$k/before"
      fi ;;
    let-go) if mine "$note"; then run= until=0; save; fi ;;
    esac
    say
    """
}
