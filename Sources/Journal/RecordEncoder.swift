internal import Hashing
internal import Model
internal import Platform

/// Turns entries into lines, byte by byte: the envelope never becomes a `Value`, since encoding is on the path of every act.
struct RecordEncoder: ~Copyable {
  private let mask: SecretMask
  private var hasher = SHA256Hasher()

  init(mask: SecretMask) { self.mask = mask }

  /// Appends the line of one record and gives its hash; on an error `out` must be thrown away.
  mutating func encode(
    _ entry: JournalEntry, after head: JournalHead?, into out: inout [UInt8]
  ) throws(JournalError) -> JournalHead {
    guard JournalFormat.isKind(entry.kind) else {
      throw .unfit(kind: entry.kind, reason: "a kind is made of lower-case letters, digits and dashes")
    }
    let start = out.count
    let sequence = head.map { $0.sequence + 1 } ?? 0
    out += #"{"seq":"#.utf8
    out += String(sequence).utf8
    out += #","time":""#.utf8
    Timestamp.now.write(into: &out)
    out += #"","mono_ns":"#.utf8
    out += String(MonotonicClock.now).utf8
    out += #","kind":""#.utf8
    out += entry.kind.utf8
    out += #"","data":"#.utf8
    var writer = DataWriter(mask: mask)
    guard writer.write(entry.data, into: &out) else {
      throw .unfit(
        kind: entry.kind, reason: "its data nests more than \(JournalFormat.depthLimit) levels deep")
    }
    out += #","prev":""#.utf8
    (head?.hash ?? .zero).writeHex(into: &out)
    out.append(UInt8(ascii: "\""))
    hasher.update(out[start...])
    guard let hash = hasher.finalize() else { throw .hashingFailed }
    out += #","hash":""#.utf8
    hash.writeHex(into: &out)
    out += "\"}\n".utf8
    let byteCount = out.count - start
    guard byteCount <= JournalFormat.recordByteLimit else {
      throw .unfit(
        kind: entry.kind,
        reason: "it would take \(byteSize(byteCount)), more than \(byteSize(JournalFormat.recordByteLimit))")
    }
    return JournalHead(sequence: sequence, hash: hash)
  }
}
