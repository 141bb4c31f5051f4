import Hashing
import Model
import Platform
import TestSupport
import Testing

/// What `belay journal verify` finds out about the signatures under a plan.
@Suite struct JournalApprovalTests {
  @Test("guarantee 9: who approved a plan can be shown from its journal, against the operator's list")
  func theListNamesThem() async throws {
    let bench = try EvidenceBench()
    try await bench.approvedRun()
    let known = try await bench.verify("--allowed-signers", "signers")
    #expect(known.exit == 0, "\(known)")
    for line in [
      "checked      the author's signature under the plan: by alice@example.org, with key SHA256:",
      "checked      an approval of the plan: by bob@example.org, with key SHA256:",
      "checked      that the plan had the approval of 1 person besides its author, by signers",
      "checked      that the plan in the journal is, to the byte, the one that was shown and signed",
      "checked      that signers is the list that the signatures were held against before the run",
    ] { #expect(known.out.contains(line), "\(line): \(known)") }
    #expect(!known.out.contains("whose keys signed"), "\(known)")
  }

  @Test func withoutAListTheKeysAreCheckedAndNobodyIsNamed() async throws {
    let bench = try EvidenceBench()
    try await bench.approvedRun()
    let result = try await bench.verify()
    #expect(result.exit == 0, "\(result)")
    #expect(result.out.contains("checked      an approval of the plan: with key SHA256:"), "\(result)")
    #expect(
      result.out.contains(
        "not checked  whose keys signed the plan: the journal says alice@example.org (author), bob"),
      "\(result)")
  }

  @Test func whoIsNotOnTheListDoesNotCount() async throws {
    let bench = try EvidenceBench()
    try await bench.approvedRun()
    try bench.bench.allow(["alice", "carol"].map { try bench.bench.line($0) })
    let result = try await bench.verify("--allowed-signers", "signers")
    #expect(result.exit == 11, "\(result)")
    for line in [
      "found        an approval of the plan, by bob@example.org as the journal says, counts for nothing: its key is not in",
      "found        the plan needed the approval of 1 person besides its author, and by signers it had 0",
      "not checked  who might sign when the plan was applied: signers is another list",
    ] { #expect(result.out.contains(line), "\(line): \(result)") }
    let missing = try await bench.verify("--allowed-signers", "nowhere")
    #expect(missing.exit == 4 && missing.err.contains("who may sign plans"), "\(missing)")
  }

  /// Whoever can rewrite a journal with new hashes cannot sign for others.
  @Test func signaturesThatWereForgedAreFound() async throws {
    let bench = try EvidenceBench()
    let name = try await bench.approvedRun()
    let lines = try bench.lines(name)
    func verdict(_ edit: (String) -> String) async throws -> ApprovalBench.Ended {
      try bench.rewrite(name, JournalForger.rechained(lines) { edit($0) })
      return try await bench.verify()
    }
    #expect(try await verdict { $0 }.exit == 0)
    let approval = try #require(lines.first { String(decoding: $0, as: UTF8.self).contains("\"approve\"") })
    let data = try JSONReader.parse(approval)["data"]?["signature"]
    let fingerprint = try #require(data?["fingerprint"]?.stringValue)
    let otherKey = try await verdict {
      $0.replacing(fingerprint, with: "SHA256:" + String(repeating: "A", count: 43))
    }
    #expect(otherKey.exit == 11 && otherKey.out.contains("and the journal names SHA256:AAAA"), "\(otherKey)")
    let evidence = try #require(data?["evidence"]?.stringValue)
    let otherPlan = try await verdict { $0.replacing(evidence, with: sha256("another").hex) }
    #expect(otherPlan.exit == 11, "\(otherPlan)")
    for text in ["it was made for something else", "is not what the journal holds"] {
      #expect(otherPlan.out.contains(text), "\(text): \(otherPlan)")
    }
    let exchanged = try await verdict {
      $0.replacing("\"purpose\":\"approve\"", with: "\"purpose\":\"author\"")
    }
    #expect(
      exchanged.exit == 11 && exchanged.out.contains("not approved by 1 besides its author"), "\(exchanged)")
  }
}
