import Model

extension Flag {
  static let bundle = Flag(name: "bundle", help: "all that an auditor needs, as one tar file")
  static let evidenceOut = Flag(name: "out", value: "FILE", help: "where the seal or the bundle goes")
  static let sealers = Flag(
    name: "allowed-signers", value: "FILE",
    help: "who may sign plans and seal journals, as OpenSSH lists them")
}

/// One of the things that can be done with a journal.
struct JournalTask: Sendable {
  let name: String
  let usage: String
  let flags: [Flag]
  let run: @Sendable (_ journal: String, Arguments, Session) async throws -> ExitCode

  static let all: [JournalTask] = [.verify, .tail, .seal, .export]

  var line: String { "belay journal \(name) \(usage)" }
}

extension Command {
  static let journal = Command(
    name: "journal", usage: "verify|tail|seal|export RUN",
    summary: "check a journal, follow it live, sign its head, or hand it to an auditor",
    flags: journalFlags
  ) { arguments, session in
    guard arguments.positionals.count == 2,
      let task = JournalTask.all.first(where: { $0.name == arguments.positionals[0] })
    else { throw misuse(arguments.positionals) }
    for flag in journalFlags
    where arguments.has(flag) && !task.flags.contains(where: { $0.name == flag.name }) {
      throw UsageError("`belay journal \(task.name)` knows no flag --\(flag.name); usage: \(task.line)")
    }
    return try await task.run(try RunStore().find(arguments.positionals[1]), arguments, session)
  }

  private static let journalFlags: [Flag] = [
    .head, .sealers, .key, .bundle, .evidenceOut, .verbose, .json,
  ]

  private static func misuse(_ words: [String]) -> UsageError {
    let names = JournalTask.all.map(\.name)
    guard let name = words.first, !names.contains(name) else {
      let asked = JournalTask.all.first { $0.name == words.first }
      return UsageError("usage: \(asked?.line ?? "belay journal \(names.joined(separator: "|")) RUN")")
    }
    let near =
      suggestion(for: name, among: names).map { "; did you mean \"\($0)\"?" }
      ?? "; it knows \(names.joined(separator: ", "))"
    return UsageError(
      "`belay journal` does not know \"\(name)\"\(near)")
  }
}
