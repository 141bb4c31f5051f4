import Journal
import Model
import Execution
import Lab
import Loading
import Platform
import Report
import Transport

/// What every command shares: the two output streams, the environment, and how problems are told.
struct Session: Sendable {
  let paint: Paint
  let home: String?
  private let veil = Veil()

  init(noColor: Bool) {
    let wantsColour = !noColor && Host.environment("NO_COLOR") == nil && Host.environment("TERM") != "dumb"
    paint = Paint(isOn: wantsColour && StandardStream.error.isTerminal)
    home = Host.homeDirectory
  }

  /// Data. A reader that has gone away ends belay as it ends other tools.
  func print(_ text: String) {
    try? StandardStream.output.write(veil.apply(text.hasSuffix("\n") ? text : text + "\n"))
  }

  /// Progress and problems.
  func say(_ text: String) { write(text.hasSuffix("\n") ? text : text + "\n") }

  /// A question: its answer is typed on the same line.
  func write(_ text: String) {
    let text = veil.apply(text)
    if !PatientOutput.say(text) { try? StandardStream.error.write(text) }
  }

  /// From now on these secrets are in nothing that is said.
  func hide(_ secrets: SecretMask) { veil.hide(secrets) }

  func fail(_ message: String, details: [String] = [], help: String? = nil) {
    say(paint("error", .error) + ": \(visible(message))")
    for detail in details { say("  \(visible(detail))") }
    if let help { say("  help: \(visible(help))") }
  }

  /// A terminal that can be asked; without one belay never waits for an answer.
  func ask(_ question: String) -> Bool {
    askLine(question) == "yes"
  }

  func askLine(_ question: String) -> String? {
    guard canAsk else { return nil }
    write("\(question) ")
    return readLine(strippingNewline: true)
  }

  /// As `askLine`, but nobody who looks on sees what is typed.
  func askHidden(_ question: String) -> String? {
    guard canAsk else { return nil }
    write("\(question) ")
    let line = StandardStream.readHiddenLine()
    write("\n")
    return line
  }

  var canAsk: Bool { StandardStream.input.isTerminal }

  var library: RunbookLibrary {
    var directories: [String] = []
    if fileKind("runbooks") == .directory { directories.append("runbooks") }
    directories += (Host.environment("BELAY_RUNBOOKS") ?? "").split(separator: ":").map(String.init)
    if let program = Host.executablePath {
      let installed = Path.normalized("../share/belay/runbooks", from: Path.parent(of: program))
      if fileKind(installed) == .directory { directories.append(installed) }
    }
    return RunbookLibrary(directories: directories)
  }

  /// Only for who holds the run's cluster: its own belay may still be writing.
  func repairJournal(_ path: String) throws {
    guard let repaired = try JournalRepair.repair(path) else { return }
    say("set \(repaired.byteCount) bytes of an incomplete last record aside in \(repaired.savedTo)")
  }

  func report(_ error: any Error) -> ExitCode {
    switch error {
    case let stop as Stop:
      if let message = stop.message { fail(message, details: stop.details, help: stop.help) }
      return stop.code
    case let usage as UsageError:
      fail(usage.message)
      return .usage
    case let problem as LoadProblem:
      say(renderDiagnostics(problem.diagnostics, sources: problem.sources, colour: paint.isOn))
      return .invalid
    case let list as DiagnosticList:
      say(renderDiagnostics(list.diagnostics, sources: [], colour: paint.isOn))
      return .invalid
    case let journal as JournalError:
      fail(journal.description)
      // A run that touches no cluster holds nothing else.
      if case .busy = journal { return .busy }
      return .journal
    case let unreadable as RunLog.Unreadable:
      fail(unreadable.description, help: "`belay journal verify` says what is wrong with it")
      return .journal
    case let failure as TransportFailure:
      fail("\(failure.node): \(failure.message)", help: failure.help)
      return .unreachable
    case let lab as LabError:
      fail(lab.message, help: lab.help)
      return .internalError
    case let system as SystemError:
      fail(system.description)
      return .internalError
    default:
      fail("\(error)")
      return .internalError
    }
  }
}

/// Ends a command with its exit code, and says why unless that was said already.
struct Stop: Error {
  var code: ExitCode
  var message: String?
  /// One line each under the message.
  var details: [String]
  var help: String?

  init(_ code: ExitCode, _ message: String? = nil, details: [String] = [], help: String? = nil) {
    self.code = code
    self.message = message
    self.details = details
    self.help = help
  }
}

/// Files that cannot be used, with their texts to show the places in.
struct LoadProblem: Error {
  var diagnostics: [Diagnostic]
  var sources: [SourceFile]
}

extension LoadResult {
  /// The value, or all that is wrong; warnings are said either way.
  func get(_ session: Session) throws -> Loaded {
    guard let value else { throw LoadProblem(diagnostics: diagnostics, sources: sources) }
    if !diagnostics.isEmpty {
      session.say(renderDiagnostics(diagnostics, sources: sources, colour: session.paint.isOn))
    }
    return value
  }
}
