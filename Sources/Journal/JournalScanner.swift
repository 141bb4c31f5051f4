internal import Hashing
internal import Model

/// Checks a journal as its bytes arrive: in constant memory, without I/O.
///
/// The last line is judged only when the end is known, since a crash may leave it incomplete and nothing else.
struct JournalScanner: ~Copyable {
  /// Of the first defects only: one flipped line break must not fill the memory with findings.
  static let findingLimit = 100

  private(set) var findings: [JournalFinding] = []
  private(set) var findingCount = 0
  private(set) var head: JournalHead?
  private(set) var recordCount = 0
  private(set) var format: Int?
  /// Where the next line begins, which is where the incomplete tail begins in the end.
  private(set) var offset = 0

  private var line = 1
  private var pending: [UInt8] = []
  private var isSkippingLongLine = false
  /// From the first line on that holds a lost block: a tail, unless something follows that belongs to no tail.
  private var doubtful: [Doubtful] = []
  private var tailOffset = 0
  private var expected: (sequence: Int, previous: SHA256Digest)? = (0, .zero)
  private var hasher = SHA256Hasher()

  private struct Doubtful {
    let line: Int
    let found: Result<JournalRecord, RecordDecoder.Failure>
  }

  /// Hands each sound record to `visit`, whether or not the chain holds where it stands.
  mutating func feed(_ chunk: [UInt8], visit: (JournalRecord) -> Void) {
    var rest = chunk[...]
    while let end = rest.position(of: UInt8(ascii: "\n")) {
      if pending.isEmpty {
        complete(rest[..<end], visit: visit)
      } else {
        pending += rest[..<end]
        complete(pending[...], visit: visit)
        pending = []
      }
      rest = rest[(end + 1)...]
    }
    pending += rest
    if pending.count >= JournalFormat.recordByteLimit, !isSkippingLongLine {
      isSkippingLongLine = true
      settleDoubts(visit: visit)
      reportLongLine()
    }
    if isSkippingLongLine {
      offset += pending.count
      pending = []
    }
  }

  /// Says what stands after the last complete record, if anything does; call it once, at the end.
  mutating func finish() -> TornTail? {
    if !doubtful.isEmpty {
      return TornTail(offset: tailOffset, byteCount: offset + pending.count - tailOffset)
    }
    return pending.isEmpty ? nil : TornTail(offset: offset, byteCount: pending.count)
  }

  private mutating func complete(_ bytes: ArraySlice<UInt8>, visit: (JournalRecord) -> Void) {
    let start = offset
    offset += bytes.count + 1
    defer { line += 1 }
    if isSkippingLongLine {
      isSkippingLongLine = false
      expected = nil
      return
    }
    // Wherever the chunks end, a line is judged alike.
    if bytes.count >= JournalFormat.recordByteLimit {
      settleDoubts(visit: visit)
      reportLongLine()
      expected = nil
      return
    }
    let found = Result { () throws(RecordDecoder.Failure) in
      try RecordDecoder.decode(bytes, hasher: &hasher)
    }
    if canBeOfTail(found, bytes, at: start) {
      if doubtful.isEmpty { tailOffset = start }
      doubtful.append(Doubtful(line: line, found: found))
    } else {
      settleDoubts(visit: visit)
      take(found, isLost: false, visit: visit)
    }
  }

  /// Blocks that never reached the disk are expected at the very end only, among the records of one sync.
  private func canBeOfTail(
    _ found: Result<JournalRecord, RecordDecoder.Failure>, _ bytes: ArraySlice<UInt8>, at start: Int
  ) -> Bool {
    guard doubtful.count < JournalFormat.sharedSyncLimit else { return false }
    return switch found {
    case .success(let record): !doubtful.isEmpty && JournalFormat.mayShareSync(record.kind)
    case .failure: holdsLostBlock(bytes, at: start)
    }
  }

  private mutating func settleDoubts(visit: (JournalRecord) -> Void) {
    let current = line
    defer { line = current }
    for one in doubtful {
      line = one.line
      take(one.found, isLost: true, visit: visit)
    }
    doubtful = []
  }

  private mutating func take(
    _ found: Result<JournalRecord, RecordDecoder.Failure>, isLost: Bool, visit: (JournalRecord) -> Void
  ) {
    switch found {
    case .success(let record):
      check(record)
      visit(record)
    case .failure(let failure):
      report(failure.check, failure.message + (isLost ? " (it holds a block of zeros)" : ""))
      expected = nil
    }
  }

  private mutating func check(_ record: JournalRecord) {
    if let expected {
      if record.sequence != expected.sequence {
        report(
          .sequence, "record \(expected.sequence) belongs here, but record \(record.sequence) stands here")
      } else if record.previous != expected.previous {
        report(.chain, "record \(record.sequence) does not follow from the record before it")
      }
    }
    if recordCount == 0 { checkFormat(record) }
    recordCount += 1
    head = record.head
    expected = (record.sequence &+ 1, record.hash)
  }

  private mutating func checkFormat(_ record: JournalRecord) {
    format = record.data["format"]?.intValue
    guard record.sequence == 0, format != JournalFormat.version else { return }
    report(
      .format,
      format.map {
        "the journal has format \($0), and this belay reads format \(JournalFormat.version): use a newer one"
      }
        ?? "the first record does not say which format the journal has")
  }

  private mutating func reportLongLine() {
    report(.form, "a record is longer than the limit of \(JournalFormat.recordByteLimit) bytes")
  }

  private mutating func report(_ check: JournalFinding.Check, _ message: String) {
    findingCount += 1
    if findings.count < Self.findingLimit {
      findings.append(JournalFinding(check: check, line: line, message: message))
    }
  }
}

/// A filesystem that grew the file before it wrote the data leaves zeros after a power loss, and only in whole sectors or
/// from the line's beginning. A single zero byte in the middle is damage of another kind.
private func holdsLostBlock(_ line: ArraySlice<UInt8>, at offset: Int) -> Bool {
  let sector = 512
  guard let first = line.firstIndex(of: 0) else { return false }
  let last = line[first...].firstIndex { $0 != 0 } ?? line.endIndex
  let start = offset + (first - line.startIndex)
  let end = offset + (last - line.startIndex)
  let startsAtEdge = first == line.startIndex || start % sector == 0
  return startsAtEdge && end % sector == 0
}
