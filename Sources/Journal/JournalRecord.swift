package import Hashing
package import Model
package import Platform

/// What a caller wants recorded. Which kinds there are and what their data means is the caller's affair.
package struct JournalEntry: Hashable, Sendable {
  package var kind: String
  package var data: Value

  package init(kind: String, data: Value) {
    self.kind = kind
    self.data = data
  }
}

/// One record as it stands in the journal.
package struct JournalRecord: Hashable, Sendable {
  package let sequence: Int
  package let time: Timestamp
  /// Comparable only between records that one process wrote.
  package let monotonicNanoseconds: UInt64
  package let kind: String
  package let data: Value
  package let previous: SHA256Digest
  package let hash: SHA256Digest

  package var head: JournalHead { JournalHead(sequence: sequence, hash: hash) }
}

/// Names one record and, through the chain, everything before it. Kept elsewhere, it proves that nothing was cut or rewritten.
package struct JournalHead: Hashable, Sendable, CustomStringConvertible {
  package let sequence: Int
  package let hash: SHA256Digest

  package init(sequence: Int, hash: SHA256Digest) {
    self.sequence = sequence
    self.hash = hash
  }

  /// `41:9f86d0…`, with all 64 digits.
  package var description: String { "\(sequence):\(hash.hex)" }

  /// Reads what `description` writes.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let sequence = Int(parts[0]), sequence >= 0, String(sequence) == parts[0],
      let hash = SHA256Digest(hex: String(parts[1]))
    else { return nil }
    self.init(sequence: sequence, hash: hash)
  }
}
