import Model

/// A diagnostic in our words for the mistakes people make; libyaml's words for the rest.
func explain(_ error: YAMLSyntaxError, in file: SourceFile) -> Diagnostic {
  let place = location(error.mark, in: file)
  let line = file.line(place.line) ?? ""
  let rest = line.unicodeScalars.dropFirst(place.column - 1)
  let notes = error.context.map { [Diagnostic.Note($0, at: location(error.contextMark, in: file))] } ?? []

  func diagnostic(_ message: String, help: String?) -> Diagnostic {
    Diagnostic(.error, "yaml-syntax", message, at: place, help: help, notes: notes)
  }

  let context = error.context ?? ""
  switch error.problem {
  case _ where rest.first == "\t":
    return diagnostic("a tab cannot indent YAML", help: "indent with spaces")
  case "mapping values are not allowed in this context":
    return diagnostic(
      "a colon followed by a space is not allowed inside an unquoted text",
      help: "put the whole value in quotes, or indent the line like its neighbours")
  case "could not find expected ':'":
    return diagnostic(
      "expected a key and a colon", help: "write \"key: value\"; a list's element starts with \"- \"")
  case "found unexpected end of stream" where context.contains("quoted scalar"):
    return diagnostic("a quoted text never ends", help: "add the closing quote")
  case "did not find expected key" where context.contains("block mapping"):
    return diagnostic(
      "expected a key here",
      help:
        "check that the line is indented like its neighbours, and that a quote inside a text is not its end")
  case let problem where context.contains("flow") && line.contains("${") && problem.contains("expected"):
    return diagnostic(
      "expected a comma or the closing bracket",
      help: "inside { } and [ ] a reference needs quotes: \"${name}\"")
  case let problem:
    return diagnostic(problem, help: nil)
  }
}

private func location(_ mark: YAMLMark, in file: SourceFile) -> SourceLocation {
  SourceLocation(file: file.path, line: mark.line + 1, column: mark.column + 1)
}
