import Loading
import Model
import Report

extension Command {
  static let runbooks = Command(
    name: "runbooks", usage: "[SYSTEM|PROCEDURE]",
    summary: "the runbooks there are, of one system, or those that cover a written procedure", flags: [.json]
  ) { arguments, session in
    guard arguments.positionals.count < 2 else {
      throw UsageError("belay runbooks takes one system or one procedure's id")
    }
    let (library, systems) = (session.library, SystemCache())
    let all = library.entries().map { entry in
      RunbookListing(entry: entry, runbook: library.loadRunbook(entry, systems: systems).value?.runbook)
    }
    let wanted = arguments.positionals.first
    let listings = all.filter { listing in wanted.map(listing.fits) ?? true }
    if let wanted, listings.isEmpty {
      let words = all.flatMap {
        [$0.entry.name.system?.rawValue].compactMap(\.self) + ($0.runbook?.covers ?? [])
      }
      throw UsageError(
        "no runbook is of a system \"\(wanted)\", and none covers a procedure of that id"
          + (suggestion(for: wanted, among: Set(words).sorted()).map { "; did you mean \"\($0)\"?" } ?? ""))
    }
    for listing in listings { session.print(arguments.has(.json) ? listing.json : listing.text) }
    return .done
  }
}

/// One line of `belay runbooks`.
private struct RunbookListing {
  let entry: RunbookLibrary.Entry
  /// Nil when it cannot be read.
  let runbook: Runbook?

  func fits(_ word: String) -> Bool {
    entry.name.system?.rawValue == word || runbook?.covers.contains(word) == true
  }

  var text: String {
    guard let runbook else { return "\(entry.name)  invalid: see `belay check \(entry.name)`" }
    let covers = runbook.covers.isEmpty ? "" : "  [\(runbook.covers.joined(separator: ", "))]"
    return "\(entry.name)  \(runbook.summary)\(covers)"
  }

  var json: String {
    let value: Value = [
      "format": 1, "name": .string(entry.name.rawValue), "path": .string(entry.path),
      "system": entry.name.system.map { .string($0.rawValue) } ?? .null,
      "verb": runbook?.verb.map { .string($0) } ?? .null, "summary": .string(runbook?.summary ?? ""),
      "covers": .array((runbook?.covers ?? []).map { .string($0) }),
      "diagnosis": .bool(runbook?.isDiagnosis ?? false), "valid": .bool(runbook != nil),
      "acts": paths { _ in true },
      "irreversible": paths { if case .none? = $0.rollback { true } else { false } },
    ]
    return value.json()
  }

  /// The acts that are so, those of used runbooks and loops under the step that stands for them.
  private func paths(where isWanted: (Step) -> Bool) -> Value {
    func paths(_ steps: [Step], under path: String) -> [Value] {
      steps.flatMap { step -> [Value] in
        let own = path + step.id.rawValue
        return switch step.body {
        case .loop(let loop): paths(loop.steps, under: own + ".")
        case .call(let call): paths(call.runbook.steps, under: own + ".")
        case .run, .file, .own, .query: step.role == .act && isWanted(step) ? [.string(own)] : []
        }
      }
    }
    return .array(paths(runbook?.steps ?? [], under: ""))
  }
}
