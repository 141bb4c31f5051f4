/// Why a file's settings were left alone, and where in the file the reason stands.
package struct EditError: Error, Equatable, Sendable, CustomStringConvertible {
  package var message: String
  package var line: Int
  package var column: Int

  package var description: String { "\(line):\(column): \(message)" }
}

/// The same, counted in bytes, while the text is at hand to count lines in.
struct EditFault: Error {
  var message: String
  var offset: Int

  init(_ message: String, at offset: Int) {
    self.message = message
    self.offset = offset
  }

  func located(in bytes: [UInt8]) -> EditError {
    let before = bytes.prefix(max(0, min(offset, bytes.count)))
    let lineStart = before.lastIndex(of: .newline).map { $0 + 1 } ?? 0
    return EditError(
      message: message, line: before.count { $0 == .newline } + 1,
      column: String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1)
  }
}
