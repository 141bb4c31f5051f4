/// The numbers of the format that `docs/journal-format.md` describes.
package enum JournalFormat {
  /// Bound by the first record of every journal. Readers refuse what they do not know instead of guessing.
  package static let version = 1

  /// No record is longer, so that a reader needs bounded memory whatever it is given.
  package static let recordByteLimit = 16 << 20

  /// How deep `data` may nest. Outputs are parsed with a lower limit, so that what was read can always be recorded.
  package static let depthLimit = 320

  /// A journal larger than this is not loaded whole; `verify` streams and has no such limit.
  package static let loadByteLimit = 1 << 30

  /// Reserved beyond what an act needs, for the way back and the end of a run on a disk that has filled up meanwhile.
  package static let closingReserve = 2 << 20

  /// The only records that wait for others before they are synced: intents of acts that start together. A power loss may
  /// therefore leave a later one of them and not an earlier.
  package static func mayShareSync(_ kind: String) -> Bool { kind == "intended" }

  /// So many lines at most are looked at for the end of such a sync, so that a reader needs bounded memory.
  static let sharedSyncLimit = 4096

  static let kindByteLimit = 64

  /// `run-started`, `act-intended`: short words that need no escaping and sort well.
  static func isKind(_ kind: String) -> Bool {
    isKind(kind.utf8)
  }

  static func isKind(_ bytes: some Collection<UInt8>) -> Bool {
    !bytes.isEmpty && bytes.count <= kindByteLimit
      && bytes.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
      }
  }
}
