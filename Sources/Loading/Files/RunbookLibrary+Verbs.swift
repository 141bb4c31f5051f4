import Model

extension RunbookLibrary {
  /// Those of `entries()` that may give a verb, told from their texts: to load every runbook in order to find one takes far
  /// longer than what is asked of it. Whoever loads them finds out which of them do.
  package func entries(thatMayGive verb: String) -> [Entry] {
    entries().filter { entry in
      // A file that cannot be read is loaded all the same, so that its fault is told.
      guard !entry.name.rawValue.hasSuffix("/\(verb)"), let text = try? readTextFile(entry.path).text else { return true }
      let lines = text.utf8.split(separator: UInt8(ascii: "\n"))
      let given = lines.filter { $0.starts(with: "verb:".utf8) }
      // Written in another way, such as `{"verb": …}`, it may stand anywhere.
      guard !given.isEmpty else { return text.contains("verb") && text.contains(verb) }
      return given.contains { Substring($0).contains(verb) }
    }
  }
}
