/// A place in a text the user wrote; lines and columns count from 1, columns in Unicode scalars.
package struct SourceLocation: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
  package var file: String
  package var line: Int
  package var column: Int
  /// How many characters the caret underlines.
  package var length: Int

  package init(file: String, line: Int, column: Int, length: Int = 1) {
    self.file = file
    self.line = line
    self.column = column
    self.length = length
  }

  package var description: String { "\(file):\(line):\(column)" }

  package static func < (a: Self, b: Self) -> Bool {
    (a.file, a.line, a.column, a.length) < (b.file, b.line, b.column, b.length)
  }
}

/// A value with the place where it was written.
package struct Located<Wrapped: Sendable>: Sendable {
  package var value: Wrapped
  package var location: SourceLocation

  package init(_ value: Wrapped, at location: SourceLocation) {
    self.value = value
    self.location = location
  }
}

extension Located: Equatable where Wrapped: Equatable {}
extension Located: Hashable where Wrapped: Hashable {}

/// A file's text, kept so that diagnostics can show the line they speak of.
package struct SourceFile: Sendable {
  /// As shown to the user: the path they typed or a path relative to the working directory.
  package let path: String
  package let text: String
  private let lines: [Substring]

  package init(path: String, text: String) {
    // A byte order mark is no part of the text.
    let content = text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
    self.path = path
    self.text = content
    self.lines = content.split(omittingEmptySubsequences: false, whereSeparator: endsLine)
  }

  /// The text of a line that counts from 1, or nil past the end.
  package func line(_ number: Int) -> Substring? {
    lines.indices.contains(number - 1) ? lines[number - 1] : nil
  }
}

/// What YAML 1.1 takes for the end of a line, so that line numbers agree with its parser's.
private func endsLine(_ character: Character) -> Bool {
  switch character {
  case "\n", "\r\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
  default: false
  }
}
