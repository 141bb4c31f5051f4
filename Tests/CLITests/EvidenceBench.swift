import Model
import Platform
import TestSupport
import Testing

/// Finished runs with their journals, and people with keys to seal them.
struct EvidenceBench {
  let bench: ApprovalBench
  static let namespaces = "namespaces=\"belay-plan,belay-journal\""

  init() throws {
    bench = try ApprovalBench()
    try bench.allow(["alice", "bob", "carol"].map { try bench.line($0, options: Self.namespaces) })
  }

  /// Planned by alice, approved by bob, applied.
  @discardableResult
  func approvedRun() async throws -> String {
    try await bench.plan()
    let approved = try await bench.approve(by: "bob")
    try #require(approved.exit == 0, "\(approved)")
    let applied = try await bench.belay("apply", "the.plan")
    try #require(applied.exit == 0, "\(applied)")
    return try newest()
  }

  @discardableResult
  func run() async throws -> String {
    let result = try await bench.belay("run", "./mark.yaml", "--yes")
    try #require(result.exit == 0, "\(result)")
    return try newest()
  }

  private func newest() throws -> String {
    try #require(try listDirectory(runs).filter { $0.hasSuffix(".jsonl") }.last)
  }

  var runs: String { bench.scratch.path(of: ".belay/runs") }
  func journal(_ name: String) -> String { Path.join(runs, name) }
  func bytes(_ path: String) throws -> [UInt8] { try readFile(path, limit: 1 << 24) }
  func lines(_ name: String) throws -> [[UInt8]] {
    try bytes(journal(name)).split(separator: UInt8(ascii: "\n")).map(Array.init)
  }

  func rewrite(_ name: String, _ lines: some Sequence<[UInt8]>) throws {
    try replaceFile(journal(name), with: lines.flatMap { $0 + [UInt8(ascii: "\n")] })
  }

  func seal(by person: String = "alice", to file: String = "the.seal") async throws -> ApprovalBench.Ended {
    try await bench.belay("journal", "seal", "last", "--key", try bench.keyFile(person), "--out", file)
  }

  func verify(_ more: String..., journal: String = "last") async throws -> ApprovalBench.Ended {
    try await bench.belay(["journal", "verify", journal] + more)
  }
}
