internal import Platform

/// What is in a journal and what is wrong with it.
package struct JournalContents: Sendable {
  /// As the first record says; nil when there is none.
  package let format: Int?
  package let records: [JournalRecord]
  package let head: JournalHead?
  /// Damage, in the order of the file, at most the first hundred.
  package let findings: [JournalFinding]
  package let tornTail: TornTail?
}

/// What stands after the last complete record: a record that a crash cut short, or that is being written this moment.
package struct TornTail: Hashable, Sendable {
  package let offset: Int
  package let byteCount: Int
}

/// Reads without a lock: a writer is never in the way, nor is a reader.
package enum JournalReader {
  /// Everything that can be read, whatever is wrong; damage is in the findings.
  package static func inspect(_ path: String) throws(JournalError) -> JournalContents {
    try contents(of: try open(path), path)
  }

  /// A journal to rely on: damage is an error, an incomplete last record is not.
  package static func read(_ path: String) throws(JournalError) -> JournalContents {
    try reliable(try inspect(path), path)
  }

  static func reliable(_ contents: JournalContents, _ path: String) throws(JournalError) -> JournalContents {
    guard contents.findings.isEmpty else { throw .damaged(path: path, findings: contents.findings) }
    return contents
  }

  static func open(_ path: String) throws(JournalError) -> any JournalSource {
    do throws(SystemError) { return try DiskStorage.source(path) } catch { throw .system(error) }
  }

  static func contents(of source: any JournalSource, _ path: String) throws(JournalError) -> JournalContents {
    var scanner = JournalScanner()
    var records: [JournalRecord] = []
    try forEachChunk(of: source) { chunk throws(JournalError) in
      scanner.feed(chunk) { records.append($0) }
      guard scanner.offset <= JournalFormat.loadByteLimit else {
        throw .tooLargeToLoad(path: path, limit: JournalFormat.loadByteLimit)
      }
    }
    let tornTail = scanner.finish()
    return JournalContents(
      format: scanner.format, records: records, head: scanner.head, findings: scanner.findings,
      tornTail: tornTail)
  }

  static func forEachChunk(
    of source: any JournalSource, _ body: ([UInt8]) throws(JournalError) -> Void
  ) throws(JournalError) {
    var offset = 0
    while true {
      let chunk: [UInt8]
      do throws(SystemError) {
        chunk = try source.read(at: offset, upTo: 256 << 10)
      } catch {
        throw .system(error)
      }
      if chunk.isEmpty { return }
      offset += chunk.count
      try body(chunk)
    }
  }
}
