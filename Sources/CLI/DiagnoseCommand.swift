import Execution
import Loading
import Model
import Planning
import Report

extension Command {
  static let diagnose = Command(
    name: "diagnose", usage: "RUNBOOK|CLUSTER",
    summary: "look for what is wrong, and say what mends it; changes nothing",
    flags: planning
  ) { arguments, session in
    var arguments = arguments
    guard !arguments.positionals.isEmpty else {
      throw UsageError("belay diagnose needs a cluster or a runbook with findings")
    }
    let name = arguments.positionals.removeFirst()
    let inventory = try session.loadInventory(session.inventoryPaths(arguments))?.value
    var runbooks = [name]
    if let cluster = inventory?.clusters.first(where: { $0.name.rawValue == name }) {
      if let limit = arguments.value(.limit), limit != name {
        throw UsageError("\(name) is a cluster, and --limit names another one: \(limit)")
      }
      arguments.set(.limit, to: name)
      runbooks = session.diagnoses(of: cluster.system.value)
      guard !runbooks.isEmpty else {
        throw Stop(
          .usage, "there is no runbook with findings for clusters of \(cluster.system.value)",
          help: "`belay runbooks` lists those there are")
      }
    }
    var isSerious = false
    for runbook in runbooks {
      let report = try await diagnosis(runbook, arguments, session)
      if arguments.has(.json) {
        session.print(DiagnosisText.json(report))
      } else {
        session.print(DiagnosisText(report, paint: session.outputPaint).text)
      }
      isSerious = isSerious || report.findings.contains { $0.severity != .info }
    }
    return isSerious ? .refused : .done
  }

  private static func diagnosis(_ runbook: String, _ arguments: Arguments, _ session: Session) async throws
    -> Diagnosis.Report
  {
    let workspace = try Workspace(.runbook(runbook), arguments, session)
    guard workspace.planner.runbook.isDiagnosis else {
      throw Stop(
        .usage, "\(workspace.planner.runbook.name) has no findings, so there is nothing to diagnose with it",
        help: "`belay run` runs it")
    }
    return try await workspace.closingAfter { try await workspace.diagnose() }
  }
}

extension Workspace {
  /// A cluster of which nobody can be reached is not diagnosed: that nobody can be reached is all there is to say.
  func diagnose() async throws -> Diagnosis.Report {
    let observation = await observer?.observeSettled(patience: .seconds(3))
    try refuseSilence(observation)
    return try await Diagnosis(
      planner: planner, transport: transport, observer: observer, secrets: secrets.values
    ).report(
      on: observation)
  }
}

extension Session {
  fileprivate func diagnoses(of system: SystemName) -> [String] {
    library.entries().map(\.name).filter { $0.system == system }
      .filter { library.loadRunbook($0.rawValue).value?.runbook.isDiagnosis ?? false }.map(\.rawValue)
  }
}

extension Plan {
  /// A diagnosis finds out; running it like other runbooks would only refuse where something is wrong.
  static func refuseDiagnosis(_ runbook: Runbook) throws {
    guard runbook.isDiagnosis else { return }
    throw UsageError("\(runbook.name) looks for findings: type belay diagnose \(runbook.name)")
  }
}
