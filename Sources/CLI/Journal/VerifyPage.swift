import Journal
import Model
import Report

/// `VERIFY.md`: how to check each thing in a bundle with standard tools. Nothing from the journal goes into the commands.
struct VerifyPage {
  let run: RunID
  let head: JournalHead
  let hasSources: Bool
  let hasApprovals: Bool
  let hasSigners: Bool
  let hasSeals: Bool
  let leftOut: [String]

  var text: String {
    [
      introduction, VerifyPage.arrival, chain, VerifyPage.plan, hasSources ? VerifyPage.sources : nil,
      hasApprovals ? approvals : nil, hasSeals ? VerifyPage.seals : nil, VerifyPage.events, limits,
    ].compactMap { $0 }.joined(separator: "\n")
  }

  /// As text in Markdown, whatever a journal may call things.
  private func quoted(_ text: String) -> String { "`\(visible(text).replacing("`", with: "'"))`" }

  private var introduction: String {
    """
    # How to check the evidence of run \(quoted(run.rawValue))

    You need `sh`, `sha256sum`, `jq` and `ssh-keygen` (8.9 or newer), not belay. Type each block in the directory of this page. A block
    whose last line is `ok` has found everything as it should be; any other end means that something is wrong.

    Whoever could change this bundle could change this page and every sum in it as well. Two things are worth having from
    elsewhere: a head that was noted or sealed earlier, and your own list of whose keys may sign. Where you have them, set them first:

        HEAD=NUMBER:HASH           # as `belay journal verify` printed it
        SIGNERS=/path/to/signers   # in the form of ssh-keygen's allowed signers
        export HEAD SIGNERS

    """
  }

  private static let arrival = """
    ## It arrived as it was packed

    ```sh
    sha256sum --check --strict --quiet SHA256SUMS && echo ok
    ```

    """

  private var chain: String {
    """
    ## The journal is whole

    `chain.sh` computes the hash of every record and compares each with the record after it; read it first, it is short. With a `HEAD`
    it also shows that nothing up to there was cut off or written anew. The head when this was packed was
    `\(head)`.

    ```sh
    sh chain.sh journal.jsonl "${HEAD-}" &&
    head -n 1 journal.jsonl | jq -e '.data.format == 1' > /dev/null && echo ok
    ```

    """
  }

  private static let plan = #"""
    ## The plan is the one that the journal is bound to

    `plan.json` is the plan as the first record has it. Its digest is the SHA-256 of `plan.reviewed`: the same plan without what changes by
    itself (who leads, what the guards saw, late values), and the members of the cluster.

    ```sh
    [ "$(head -n 1 journal.jsonl | jq -S .data.plan)" = "$(jq -S . plan.json)" ] &&
    [ "$(sha256sum < plan.reviewed | cut -c 1-64)" = "$(head -n 1 journal.jsonl | jq -r .data.planDigest)" ] &&
    jq -n -e --slurpfile plan plan.json --slurpfile reviewed plan.reviewed '
      def bare:
        del(.refusals, .warnings, .before, .safety, .complete, .applyable, .errored)
        | del(.timeline[] | .verdict, .declared, .tolerates)
        | del(.steps[].tasks[].place.leader.now, .steps[].undo.commands.place.leader.now)
        | (.steps[].tasks[].work.command._0 | select(. != null) | .late) |= keys
        | (.steps[].tasks[].undo | select(. != null) | .late) |= keys;
      ($plan[0] | bare) == ($reviewed[0] | bare)' > /dev/null && echo ok
    ```

    """#

  private static let sources = #"""
    ## The files are those that the plan was made from

    ```sh
    jq -r '.sources[] | select(.file) | "\(.sha256)  \(.file)"' manifest.json |
      sha256sum --check --strict --quiet &&
    jq -n -e --slurpfile plan plan.json --slurpfile manifest manifest.json '
      ([$manifest[0].sources[] | {(.path): .sha256}] | add) == $plan[0].sources' > /dev/null && echo ok
    ```

    """#

  private var approvals: String {
    #"""
    ## The plan was made and approved by whom it says

    \#(hasSigners
      ? "`allowed_signers` is the list that the signatures were held against then; yours is better."
      : "The list of signers is not in the bundle: set `SIGNERS` to yours.")
    A key that has expired since is accepted with `-Overify-time=YYYYMMDD`.

    ```sh
    (
      scratch=$(mktemp -d)
      trap 'rm -r "$scratch"' EXIT
      digest=$(head -n 1 journal.jsonl | jq -r .data.planDigest)
      signed='[.[] | select(.kind == "signed") | .data.signature]'
      count=$(jq -s "$signed | length" journal.jsonl)
      number=0
      while [ "$number" -lt "$count" ]; do
        jq -s "$signed | .[$number]" journal.jsonl > "$scratch/signed" || exit 1
        jq -r '"\(.purpose) \(.digest) \(.evidence)"' "$scratch/signed" | cmp - "approvals/$number.statement" || exit 1
        jq -j .signature "$scratch/signed" | cmp - "approvals/$number.sig" || exit 1
        [ "$(jq -r .digest "$scratch/signed")" = "$digest" ] || { echo "of another plan"; exit 1; }
        ssh-keygen -Y verify -n belay-plan -f "${SIGNERS:-allowed_signers}" -I "$(jq -r '.principals[0]' "$scratch/signed")" \
          -s "approvals/$number.sig" < "approvals/$number.statement" || exit 1
        number=$((number + 1))
      done
      people=$(jq -s "$signed | [.[] | select(.purpose == \"author\") | .principals[]] as \$authors |
        [.[] | select(.purpose == \"approve\") | .principals[0]] | unique - \$authors | length" journal.jsonl)
      [ "$people" -ge "$(jq '.approval.required // 0' plan.json)" ] || { echo "too few approved"; exit 1; }
    ) && echo ok
    ```

    """#
  }

  private static let seals = #"""
    ## The seals fit

    A seal is a head that somebody signed. Each has to name a record of this journal by its hash. Without `SIGNERS` this shows which key signed, not
    whose it is: compare the fingerprints.

    ```sh
    (
      scratch=$(mktemp -d)
      trap 'rm -r "$scratch"' EXIT
      for seal in seals/*.seal; do
        head -n 1 "$seal" > "$scratch/statement"
        tail -n +2 "$seal" > "$scratch/sig"
        read -r form run sealed at < "$scratch/statement"
        [ "$form $run" = "belay-seal-1 $(head -n 1 journal.jsonl | jq -r .data.run)" ] || { echo "$seal is of another run"; exit 1; }
        if [ -n "${SIGNERS-}" ]; then
          who=$(ssh-keygen -Y find-principals -s "$scratch/sig" -f "$SIGNERS" | head -n 1)
          ssh-keygen -Y verify -n belay-journal -f "$SIGNERS" -I "$who" -s "$scratch/sig" < "$scratch/statement" || exit 1
        else
          ssh-keygen -Y check-novalidate -n belay-journal -s "$scratch/sig" < "$scratch/statement" || exit 1
        fi
        sh chain.sh journal.jsonl "$sealed" || exit 1
        echo "sealed up to record ${sealed%:*} at $(printf %s "$at" | tr -cd '0-9TZ:.-'), by the signer's clock"
      done
    ) && echo ok
    ```

    """#

  private static let events = #"""
    ## What happened

    ```sh
    jq -ac '[.seq, .time, .kind, .data.task.step // .data.step // ""]' journal.jsonl && echo ok
    ```

    """#

  private var limits: String {
    let missing =
      leftOut.isEmpty ? ["Nothing was left out."] : ["Left out:", ""] + leftOut.map { "- \(quoted($0))" }
    return """
      ## What none of this shows

      Whether the clocks were right; who wrote the journal before somebody sealed it; records that were cut off after the last head or
      seal that you hold. \(hasSeals ? "" : "There is no seal in this bundle: without a `HEAD` of your own, a journal that was cut or rewritten as a whole looks sound.")

      \(missing.joined(separator: "\n"))

      """
  }
}
