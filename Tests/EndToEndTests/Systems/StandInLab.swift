import Lab
import Model
import Platform
import TestSupport
import Testing

/// Brings up a lab in which one script plays a system, and takes it down after the suite, however the suite ends.
struct StandInLab: SuiteTrait, TestScoping {
  @TaskLocal static var current: LabDescription?

  var system: String
  var members = 3
  var spares = 2
  /// What the script is told, such as how many times faster than the system it is.
  var settings = ["speed": "20"]

  var isRecursive: Bool { false }

  static var isPossible: Bool { Host.isRoot && fileKind("/usr/bin/systemd-nspawn") == .file }
  static var obstacle: Comment { "needs root and systemd-container" }

  @concurrent func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let scratch = ScratchDirectory()
    let directory = scratch.path(of: "lab")
    let script = Path.join(BelayProgram.packageRoot, "lab/standins/\(system).py")
    let lab = try await LabControl.up(
      LabSpec(
        system: system, members: members, spares: spares, directory: directory, kind: .machines,
        standIn: script, settings: settings))
    do {
      try await Self.$current.withValue(lab) { try await function() }
    } catch {
      try await LabControl.down(directory: directory)
      throw error
    }
    #expect(try await LabControl.down(directory: directory))
  }

  static var lab: LabDescription { get throws { try #require(current) } }
}

/// One line of the log that the stand-ins of all nodes share.
struct StandInCall: CustomStringConvertible {
  var node: String
  /// The words of a command, or a request such as `POST /admin/cluster/remove`.
  var text: String
  var result: String

  var description: String { "\(node): \(text) -> \(result)" }
}

extension LabDescription {
  /// Back to the state in which the lab was made: settings and services of the nodes, truth, faults and log.
  func reset() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for node in nodes { group.addTask { _ = try await output(node.name, "standin reset") } }
      try await group.waitForAll()
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for node in members {
        group.addTask {
          _ = try await output(node.name, "timeout 30 sh -c 'until standin ready; do sleep 0.1; done'")
        }
      }
      try await group.waitForAll()
    }
  }

  /// What the cluster is, as one text that is equal when nothing is different.
  func snapshot() async throws -> String { try await output(nodes[0].name, "standin snapshot") }

  /// Makes the system fail in a way that its script knows.
  func fault(in system: String, _ words: String) async throws {
    _ = try await output(nodes[0].name, "standin fault \(words)")
  }

  func heal() async throws { _ = try await output(nodes[0].name, "standin heal") }

  /// All calls since the lab was reset, in their order.
  func calls() throws -> [StandInCall] {
    let log = Path.join(files.shared, "calls.jsonl")
    guard fileKind(log) != nil else { return [] }
    return try String(decoding: readFile(log, limit: 64 << 20), as: UTF8.self).split(separator: "\n").map {
      let line = try JSONReader.parse(Array($0.utf8))
      return StandInCall(
        node: line["node"]?.stringValue ?? "", text: line["call"]?.stringValue ?? "",
        result: line["result"]?.stringValue ?? "")
    }
  }
}
