import Platform

/// What the two kinds of lab do differently.
protocol Backend: Sendable {
  var record: LabRecord { get }
  /// Starts every node with sshd and, on members, the system's service; returns when they are on their way.
  func start(_ nodes: [LabRecord.Node]) async throws
  func condition(of node: LabRecord.Node) async -> LabCondition
  /// What `systemctl` with these arguments answers on a node; nil when nobody can be asked.
  func systemctl(_ arguments: [String], on node: LabRecord.Node) async throws -> SubprocessResult?
  func inject(_ fault: LabFault, into node: LabRecord.Node) async throws
  /// Ends and removes everything outside the lab's directory, as far as there is something.
  func destroy(_ nodes: [LabRecord.Node]) async throws
}

extension Backend {
  func injectIntoService(_ fault: LabFault, of node: LabRecord.Node) async throws {
    let arguments: [String]
    switch fault {
    case .killService: arguments = ["kill", "-s", "KILL", record.service]
    case .pauseService: arguments = ["kill", "-s", "STOP", record.service]
    case .resumeService: arguments = ["kill", "-s", "CONT", record.service]
    case .stopService: arguments = ["stop", record.service]
    case .startService: arguments = ["start", record.service]
    default:
      throw LabError(
        "a lab of this kind cannot do that", help: "run `belay lab up` as root for real machines")
    }
    guard let result = try await systemctl(arguments, on: node) else { throw notRunning(node) }
    guard result.isSuccess else {
      throw LabError(
        "`systemctl \(arguments.joined(separator: " "))` failed on \(node.name): \(lastLines(result.stderr.text))"
      )
    }
  }

  func notRunning(_ node: LabRecord.Node) -> LabError {
    LabError("\(node.name) is not running", help: "belay lab fault \(node.name) start-host")
  }
}
