internal import Platform

/// What checking a journal showed, and what no check of it could show.
package struct VerificationReport: Sendable {
  package let recordCount: Int
  /// Of the last sound record: worth keeping elsewhere.
  package let head: JournalHead?
  /// In the order of the file; at most the first hundred, `findingCount` counts all.
  package let findings: [JournalFinding]
  package let findingCount: Int
  package let checked: [String]
  /// The blind spots, in words for the reader of the report.
  package let notChecked: [String]

  package var isSound: Bool { findings.isEmpty }
}

package enum JournalVerification {
  /// Streams the journal; its size does not matter. A saved head also finds what a chain alone cannot show: records cut off
  /// at the end, and a journal that was rewritten with new hashes.
  package static func verify(
    _ path: String, expecting saved: JournalHead? = nil
  ) throws(JournalError) -> VerificationReport {
    var scanner = JournalScanner()
    var recordAtSavedHead: JournalRecord?
    try JournalReader.forEachChunk(of: try JournalReader.open(path)) { chunk throws(JournalError) in
      scanner.feed(chunk) { record in
        if let saved, record.sequence == saved.sequence, recordAtSavedHead == nil {
          recordAtSavedHead = record
        }
      }
    }
    var findings = scanner.findings
    if let tail = scanner.finish() {
      findings.append(
        JournalFinding(
          check: .tornTail, line: nil,
          message: "\(byteSize(tail.byteCount)) of an incomplete record follow the last complete one: "
            + "it is being written, or a crash cut it short"))
    }
    if scanner.head == nil {
      findings.append(JournalFinding(check: .form, line: nil, message: "there is no complete record"))
    }
    if let saved {
      findings += compare(saved, with: recordAtSavedHead, head: scanner.head)
    }
    return VerificationReport(
      recordCount: scanner.recordCount, head: scanner.head, findings: findings,
      findingCount: scanner.findingCount + findings.count - scanner.findings.count,
      checked: checked(saved), notChecked: notChecked(saved, head: scanner.head))
  }

  private static func compare(
    _ saved: JournalHead, with record: JournalRecord?, head: JournalHead?
  ) -> [JournalFinding] {
    guard let record else {
      let last = head.map { "it ends with record \($0.sequence)" } ?? "it has none"
      return [
        JournalFinding(
          check: .head, line: nil,
          message: "the saved head is record \(saved.sequence), but the journal lacks it: \(last)")
      ]
    }
    if record.hash == saved.hash { return [] }
    return [
      JournalFinding(
        check: .head, line: nil,
        message: "record \(saved.sequence) is not the one whose head was saved: "
          + "it or a record before it was rewritten with new hashes")
    ]
  }

  private static func checked(_ saved: JournalHead?) -> [String] {
    var checks = [
      "each record against its own hash", "each record's place in the sequence and in the chain of hashes",
      "the form of each record and the format version",
    ]
    if let saved { checks.append("all records up to number \(saved.sequence) against the saved head") }
    return checks
  }

  private static func notChecked(_ saved: JournalHead?, head: JournalHead?) -> [String] {
    var blindSpots: [String] = []
    switch (saved, head) {
    case (nil, _):
      blindSpots = [
        "whether complete records were cut off at the end: only a saved head shows that",
        "whether the journal was rewritten from some record on with new hashes: only a saved head shows that",
      ]
    case (let saved?, let head?) where head.sequence > saved.sequence:
      blindSpots = [
        "records \(saved.sequence + 1) to \(head.sequence), written after the head was saved: "
          + "whether more followed, or whether they were rewritten with new hashes"
      ]
    default:
      blindSpots = ["whether records that followed the saved head were cut off: only a later head shows that"]
    }
    return blindSpots + [
      "whether the machine's clock was right, and who wrote the records: they are not signed"
    ]
  }
}
