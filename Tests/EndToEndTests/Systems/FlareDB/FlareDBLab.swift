import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests {
  /// As the operators' documents have it: flat JSON, no certificates.
  @Suite(
    .enabled(if: StandInLab.isPossible, StandInLab.obstacle),
    StandInLab(system: "flaredb", settings: ["speed": "40"]))
  struct FlareDB {}

  /// As TiKV's PD answers, with certificates everywhere.
  @Suite(
    .enabled(if: StandInLab.isPossible, StandInLab.obstacle),
    StandInLab(system: "flaredb", settings: ["speed": "40", "profile": "actual-tls"]))
  struct FlareDBAsItIs {}
}

/// The lab, as it is when it was made, and a belay for it.
func flareDB() async throws -> (LabDescription, BelayProgram) {
  let lab = try StandInLab.lab
  try await lab.reset()
  return (lab, try lab.belay())
}

extension LabDescription {
  /// PD's stores, and settings, certificates, units and data of every node.
  func flareDBState() async throws -> String {
    try await withThrowingTaskGroup(of: String.self) { group in
      for node in nodes {
        group.addTask { "\(node.name)\n" + (try await output(node.name, "standin snapshot")) }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted().joined()
    }
  }

  /// Waits until everything is as it was: PD evens its regions out after a store has gone.
  func settles(to before: String, within seconds: Int = 20) async throws {
    var now = try await flareDBState()
    for _ in 0..<(seconds * 2) where now != before {
      try await Task.sleep(for: .milliseconds(500))
      now = try await flareDBState()
    }
    #expect(now == before)
  }

  func break_(_ words: String) async throws { try await fault(in: "flaredb", words) }

  /// What changed something: commands that write, requests that are no questions, servers that started.
  func flareDBChanges() throws -> [String] {
    try calls().filter { call in
      ["DELETE ", "POST ", "flaredb-server", "firewall-cmd"].contains { call.text.hasPrefix($0) }
        || call.text.contains(" put ")
    }.map { "\($0.node): \($0.text)" }
  }
}

extension BelayProgram.Result {
  /// Whether it says this, however its lines are wrapped.
  func tells(_ text: String) -> Bool {
    (out + " " + err).split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(text)
  }
}
