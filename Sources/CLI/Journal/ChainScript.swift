/// Checks a journal with nothing but `sh` and `sha256sum`. docs/journal-format.md shows the same lines, as a test makes sure.
enum ChainScript {
  static let text = #"""
    #!/bin/sh
    # usage: chain.sh JOURNAL [HEAD]   (HEAD as NUMBER:HASH, saved earlier)
    LC_ALL=C
    number=0
    previous=0000000000000000000000000000000000000000000000000000000000000000
    seen=${2:+no}
    if ! tr -d '\000' < "$1" | cmp -s - "$1"; then echo "it holds bytes that are zero"; exit 1; fi
    while IFS= read -r line; do
      body=${line%,\"hash\":*}
      hash=$(printf %s "$body" | sha256sum | cut -c 1-64)
      if [ "$line" != "$body,\"hash\":\"$hash\"}" ]; then
        echo "record $number was changed"; exit 1
      fi
      case $body in
        "{\"seq\":$number,"*",\"prev\":\"$previous\"") ;;
        *) echo "record $number does not follow from the one before"; exit 1 ;;
      esac
      if [ "$number:$hash" = "${2-}" ]; then seen=yes; fi
      previous=$hash
      number=$((number + 1))
    done < "$1"
    if [ -n "$line" ]; then echo "an incomplete record follows record $((number - 1))"; exit 1; fi
    if [ "$number" -eq 0 ]; then echo "it holds no record"; exit 1; fi
    if [ "$seen" = no ]; then echo "the saved head is not in this journal"; exit 1; fi
    echo "$number records, head $((number - 1)):$previous"

    """#
}
