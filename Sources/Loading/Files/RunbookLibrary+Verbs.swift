package import Model

extension RunbookLibrary {
  /// The verbs that some runbook gives.
  package var verbs: [String] { Set(entries().compactMap(verb)).sorted() }

  package func knows(verb wanted: String) -> Bool { entry(giving: wanted) != nil }

  /// The runbook that a verb stands for, of one system where that is known. Most are called like their verb, so that
  /// few files are read.
  package func entry(giving wanted: String, of system: SystemName? = nil) -> Entry? {
    let candidates = entries().filter { system == nil || $0.name.system == system }
    let (named, others) = (
      candidates.filter { $0.name.last == wanted }, candidates.filter { $0.name.last != wanted }
    )
    return (named + others).first { verb($0) == wanted }
  }

  /// Read without loading what else the runbook needs: each command line asks all of them. A file that cannot be read
  /// gives its name, so that asking for it shows what is wrong.
  private func verb(_ entry: Entry) -> String? {
    guard let file = try? readTextFile(entry.path),
      case .mapping(let keys)? = YAMLReader.read(file, Problems())?.content
    else { return entry.name.last }
    guard case .scalar(let verb)? = keys.first(where: { $0.key.value == "verb" })?.value.content else {
      return nil
    }
    return verb.text
  }
}
