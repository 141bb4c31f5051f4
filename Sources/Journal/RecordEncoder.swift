internal import Hashing
internal import Model
internal import Platform

/// Turns entries into lines, byte by byte: the envelope never becomes a `Value`, since encoding is on the path of every act.
struct RecordEncoder: ~Copyable {
  private var writer: DataWriter
  private var hasher = SHA256Hasher()

  init(mask: SecretMask) { writer = DataWriter(mask: mask) }

  /// Appends the line of one record and gives its hash; on an error `out` must be thrown away.
  mutating func encode(
    _ entry: JournalEntry, after head: JournalHead?, into out: inout [UInt8]
  ) throws(JournalError) -> JournalHead {
    guard JournalFormat.isKind(entry.kind) else {
      throw .unfit(kind: entry.kind, reason: "a kind is made of lower-case letters, digits and dashes")
    }
    let start = out.count
    let sequence = head.map { $0.sequence + 1 } ?? 0
    out.append(#"{"seq":"# as StaticString)
    out.append(decimal: UInt64(sequence))
    out.append(#","time":""# as StaticString)
    Timestamp.now.write(into: &out)
    out.append(#"","mono_ns":"# as StaticString)
    out.append(decimal: MonotonicClock.now)
    out.append(#","kind":""# as StaticString)
    append(entry.kind.utf8Span.span, to: &out)
    out.append(#"","data":"# as StaticString)
    guard writer.write(entry.data, into: &out) else {
      throw .unfit(
        kind: entry.kind, reason: "its data nests more than \(JournalFormat.depthLimit) levels deep")
    }
    out.append(#","prev":""# as StaticString)
    (head?.hash ?? .zero).writeHex(into: &out)
    out.append(UInt8(ascii: "\""))
    hasher.update(out[start...])
    guard let hash = hasher.finalize() else { throw .hashingFailed }
    out.append(#","hash":""# as StaticString)
    hash.writeHex(into: &out)
    out.append("\"}\n" as StaticString)
    let byteCount = out.count - start
    guard byteCount <= JournalFormat.recordByteLimit else {
      throw .unfit(
        kind: entry.kind,
        reason: "it would take \(byteSize(byteCount)), more than \(byteSize(JournalFormat.recordByteLimit))")
    }
    return JournalHead(sequence: sequence, hash: hash)
  }
}
