import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests {
  /// One lab for everything of Ledger; each test begins with a reset.
  @Suite(
    .enabled(if: StandInLab.isPossible, StandInLab.obstacle),
    StandInLab(system: "ledger", settings: ["speed": "50"]))
  struct OnLedger {}
}

/// A Ledger cluster as it was in the beginning, and belay to work on it.
struct LedgerLab {
  let lab: LabDescription
  let belay: BelayProgram
  let before: String

  /// `profile` is how the server behaves, `dialect` what belay takes it for.
  init(_ profile: String = "documented", dialect: String? = nil) async throws {
    lab = try StandInLab.lab
    _ = try await lab.output("n1", "standin play \(profile)")
    try await lab.reset()
    var belay = try BelayProgram(inventory: lab.files.inventory)
    let dialect = dialect ?? profile
    if dialect != "documented" {
      let inventory = String(decoding: try readFile(lab.files.inventory, limit: 1 << 20), as: UTF8.self)
      let path = try belay.scratch.write(
        inventory.replacing("\"documented\"", with: dialect), to: "inventory.yaml")
      belay.inventory = path
    }
    self.belay = belay
    before = try await lab.snapshot()
  }

  func run(_ words: String...) async throws -> BelayProgram.Result {
    try await belay.run(words + ["--yes"])
  }

  func fault(_ words: String) async throws { try await lab.fault(in: "ledger", words) }
  func heal() async throws { _ = try await lab.output("n1", "standin heal") }

  /// The cluster, its settings, data and units are as they were.
  func isUnchanged() async throws -> Bool {
    let now = try await lab.snapshot()
    if now != before { print("before:\n\(before)\nnow:\n\(now)") }
    return now == before
  }

  /// The lines of the snapshot that name members, without their identifiers.
  func members() async throws -> [String] {
    try await lab.snapshot().split(separator: "\n").filter { $0.hasPrefix("member ") }.map { line in
      let address = line.split(separator: " ")[2].split(separator: ":")[0]
      return lab.nodes.first { $0.address == address }?.name ?? String(address)
    }
  }

  func leader() throws -> String { try lab.ledgerLeader() }

  /// What changes the membership or leadership, as `n1: JoinCluster n4`: who sent it and whom it is about.
  func changes() throws -> [String] {
    try lab.calls().compactMap { call in
      guard let match = call.text.firstMatch(of: /"(?:target_)?node_id": "(\d+)".* \S+\/(\w+)$/) else {
        return nil
      }
      return "\(call.node): \(match.2) \(match.1)"
    }
  }
}

extension LabDescription {
  /// Who leads, as the servers know it.
  func ledgerLeader() throws -> String {
    let truth = try JSONReader.parse(
      try readFile(Path.join(files.shared, "truth.json"), limit: 1 << 20))
    let members = truth["members"]?.arrayValue ?? []
    let leading = try #require(members.first { $0["id"] == truth["leader"] })
    let address = leading["address"]?.stringValue?.split(separator: ":").first.map(String.init)
    return try #require(nodes.first { $0.address == address }).name
  }
}
