import Loading
package import Model

/// One command: its line in the help, its flags and what it does.
struct Command: Sendable {
  let name: String
  /// The words after the name.
  let usage: String
  let summary: String
  let flags: [Flag]
  let run: @Sendable (Arguments, Session) async throws -> ExitCode

  static let all: [Command] = [
    .check, .graph, .schema, .completions, .plan, .diff, .approve, .apply, .run, .diagnose, .resume,
    .rollback,
    .runs, .show, .locks, .unlock, .journal, .inventory, .runbooks, .quorum, .lab, .version, .help,
  ]

  var helpText: String {
    let width = flags.map(\.usage.count).max() ?? 0
    var text = "usage: belay \(name) \(usage)\n\n\(summary)\n"
    if !flags.isEmpty {
      text += "\n"
      for flag in flags {
        text += "  \(flag.usage)\(String(repeating: " ", count: width - flag.usage.count))  \(flag.help)\n"
      }
    }
    return text
  }
}

/// Parses, dispatches, and turns whatever was thrown into a message and an exit code.
package enum CommandLineTool {
  package static func run(_ words: [String]) async -> ExitCode {
    let session = Session(noColor: words.contains("--no-color"))
    do {
      return try await dispatch(words, session)
    } catch {
      return session.report(error)
    }
  }

  /// What needs neither files nor nodes, and so none of what is started for them.
  package static func answerAtOnce(_ words: [String]) -> ExitCode? {
    guard words == ["version"] || words == ["--version"] else { return nil }
    Session(noColor: true).print(Version.line)
    return .done
  }

  private static func dispatch(_ words: [String], _ session: Session) async throws -> ExitCode {
    guard let name = words.first else {
      session.print(overview)
      return .usage
    }
    if ["-h", "--help"].contains(name) {
      return try await Command.help.run(Arguments([], flags: [], command: ""), session)
    }
    if name == "--version" {
      return try await Command.version.run(Arguments([], flags: [], command: ""), session)
    }
    let rest = Array(words.dropFirst())
    guard let command = Command.all.first(where: { $0.name == name }) else {
      if let code = try await runVerb(name, rest, session) { return code }
      let names = Command.all.map(\.name) + session.library.verbs
      let near = suggestion(for: name, among: names)
      throw UsageError(
        "there is no command \"\(name)\"\(near.map { "; did you mean \"\($0)\"?" } ?? ""); `belay help` lists them"
      )
    }
    if rest.contains(where: { ["-h", "--help"].contains($0) }) {
      session.print(command.helpText)
      return .done
    }
    return try await command.run(Arguments(rest, flags: command.flags + [.noColor], command: name), session)
  }

  /// `belay add-node n4` is `belay run etcd/add-node` with its node filled in.
  private static func runVerb(_ verb: String, _ rest: [String], _ session: Session) async throws -> ExitCode?
  {
    guard session.library.knows(verb: verb) else { return nil }
    if rest.contains(where: { ["-h", "--help"].contains($0) }) {
      session.print(Command.verbHelp(verb))
      return .done
    }
    return try await Command.runRunbook(
      .verb(verb), Arguments(rest, flags: Command.run.flags + [.noColor], command: verb), session)
  }

  static var overview: String {
    let width = Command.all.map { $0.name.count + $0.usage.count }.max() ?? 0
    var text = "belay: safe runbooks over SSH for stateful clusters\n\nusage: belay COMMAND …\n\n"
    text += "  add-node NODE, remove-node NODE, replace-node OLD --with NEW\n"
    text += "      plan it, show the plan, ask, apply; undone if its verification fails\n\n"
    for command in Command.all {
      let head = "\(command.name) \(command.usage)"
      text +=
        "  \(head)\(String(repeating: " ", count: max(0, width + 1 - head.count)))  \(command.summary)\n"
    }
    return text + "\n`belay COMMAND --help` tells more.\n"
  }
}
