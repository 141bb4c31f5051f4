import Model

/// Whether the tag `!` stands before the text that starts here. libyaml forgets it for texts, so that
/// `run: ! test -e x` would lose its negation in silence: what is written in the file decides.
func hasBareTag(_ file: SourceFile, from start: YAMLMark, to end: YAMLMark) -> Bool {
  guard start.line <= end.line else { return false }
  for number in start.line...end.line {
    guard let line = file.line(number + 1) else { return false }
    var rest = line.unicodeScalars.dropFirst(number == start.line ? start.column : 0)
    while true {
      rest = rest.drop { $0 == " " || $0 == "\t" }
      guard rest.first == "&" else { break }
      // An anchor may stand before the tag.
      rest = rest.drop { $0 != " " && $0 != "\t" }
    }
    if let first = rest.first, first != "#" { return first == "!" }
  }
  return false
}

/// What to say about it; `written` is the text as it would be read.
func bareTagProblem(_ written: String?, at place: SourceLocation) -> Diagnostic {
  var help = "put the ! inside quotes with the text, or remove it"
  if let written, !written.isEmpty, written.utf8.count <= 60, !written.contains("\n") {
    let inQuotes = written.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
    help = "quote the text with it: '! \(inQuotes)'"
  }
  return Diagnostic(
    .error, "yaml-tag", "the ! before this value is lost: to YAML it is a tag and no part of the text",
    at: place, help: help)
}
