package import Platform

internal import Glibc

/// Reads a journal while it is being written: each record once it is complete, without a lock, so that the writer never
/// waits for a reader.
package struct JournalFollower: ~Copyable {
  package struct Line: Sendable {
    /// As it stands in the journal, without the line feed.
    package let bytes: [UInt8]
    package let record: JournalRecord
  }

  package let path: String
  private let file: FileDescriptor
  private var scanner = JournalScanner()
  /// Where the first line begins that was not complete when last looked at.
  private var offset = 0
  private var failure: JournalError?

  /// So much is read before what was found is handed out.
  private static let chunk = 1 << 20

  package init(_ path: String) throws(JournalError) {
    self.path = path
    file = try Self.open(path)
  }

  private static func open(_ path: String) throws(JournalError) -> FileDescriptor {
    do throws(SystemError) {
      let file = try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
      guard try file.isRegular() else {
        throw SystemError("follow", path, code: EINVAL, reason: "it is not a regular file")
      }
      return file
    } catch {
      throw .system(error)
    }
  }

  /// The records that were completed since the last call, some at a time; none when there is nothing new. An incomplete
  /// one is waited for: it is read again when the file has grown. Damage is an error, after the records before it.
  package mutating func next() throws(JournalError) -> [Line] {
    if let failure { throw failure }
    do throws(JournalError) {
      let lines = try newLines()
      if lines.isEmpty, let failure { throw failure }
      return lines
    } catch {
      failure = error
      throw error
    }
  }

  private mutating func newLines() throws(JournalError) -> [Line] {
    let size = try size()
    if size < offset {
      throw damaged([JournalFinding(check: .tornTail, line: nil, message: "records were cut off its end")])
    }
    guard offset < size else { return [] }
    // An incomplete record is read anew each time: after a crash another may stand in its place by now.
    var pending: [UInt8] = []
    while pending.count <= JournalFormat.recordByteLimit {
      let chunk = try read(at: offset + pending.count)
      if chunk.isEmpty { return [] }
      pending += chunk
      if let end = chunk.lastIndex(of: UInt8(ascii: "\n")) {
        let count = pending.count - (chunk.count - 1 - end)
        return take(pending[..<count])
      }
    }
    // No record is so long, as the scanner will say.
    return take(pending[...])
  }

  private mutating func take(_ bytes: ArraySlice<UInt8>) -> [Line] {
    var lines: [Line] = []
    offset += bytes.count
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast(
      bytes.last == UInt8(ascii: "\n") ? 1 : 0)
    {
      var found: JournalRecord?
      scanner.feed(line + [UInt8(ascii: "\n")]) { found = $0 }
      guard scanner.findings.isEmpty else {
        failure = damaged(scanner.findings)
        return lines
      }
      if let found { lines.append(Line(bytes: Array(line), record: found)) }
    }
    return lines
  }

  /// How much of a record that is not complete stands at the end.
  package mutating func incompleteByteCount() throws(JournalError) -> Int {
    (scanner.finish()?.byteCount ?? 0) + max(0, try size() - offset)
  }

  /// Whether some process of this machine has the journal open for writing.
  package func writer() throws(JournalError) -> LockPresence {
    do throws(SystemError) { return try file.lockPresence() } catch { throw .system(error) }
  }

  private func size() throws(JournalError) -> Int {
    do throws(SystemError) { return Int(try file.status().st_size) } catch { throw .system(error) }
  }

  private func read(at offset: Int) throws(JournalError) -> [UInt8] {
    do throws(SystemError) {
      return try file.read(at: offset, upTo: Self.chunk)
    } catch {
      throw .system(error)
    }
  }

  private func damaged(_ findings: [JournalFinding]) -> JournalError {
    .damaged(path: path, findings: findings)
  }
}
