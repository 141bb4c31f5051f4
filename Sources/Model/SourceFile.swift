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
  /// The byte that each line starts at, and the byte behind what stands on it.
  private let lines: [Range<Int32>]

  package init(path: String, text: String) {
    // A byte order mark is no part of the text.
    let content = text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
    self.path = path
    self.text = content
    self.lines = lineRanges(content)
  }

  /// The text of a line that counts from 1, or nil past the end.
  package func line(_ number: Int) -> Substring? {
    guard lines.indices.contains(number - 1) else { return nil }
    let range = lines[number - 1]
    return text[index(Int(range.lowerBound))..<index(Int(range.upperBound))]
  }

  /// The place of a byte of the text.
  package func location(atByte offset: Int) -> SourceLocation {
    var low = 0
    var high = lines.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if Int(lines[middle].lowerBound) <= offset { low = middle } else { high = middle }
    }
    let start = lines.isEmpty ? 0 : Int(lines[low].lowerBound)
    let before = text.unicodeScalars[index(start)..<index(max(start, offset))]
    return SourceLocation(file: path, line: low + 1, column: before.count + 1)
  }

  private func index(_ byte: Int) -> String.Index {
    text.utf8.index(text.startIndex, offsetBy: byte, limitedBy: text.endIndex) ?? text.endIndex
  }
}

/// Lines end where YAML 1.1 ends them, so that line numbers agree with its parser's: at a newline, a carriage return or
/// both, and at U+0085, U+2028 and U+2029. By bytes, since every file goes through here before anything else.
private func lineRanges(_ text: String) -> [Range<Int32>] {
  let bytes = text.utf8.span
  var ranges: [Range<Int32>] = []
  var start = 0
  var position = 0
  while position < bytes.count {
    let width = lineBreakWidth(bytes, position)
    if width > 0 {
      ranges.append(Int32(clamping: start)..<Int32(clamping: position))
      start = position + width
      position = start
    } else {
      position += 1
    }
  }
  ranges.append(Int32(clamping: start)..<Int32(clamping: bytes.count))
  return ranges
}

private func lineBreakWidth(_ bytes: Span<UInt8>, _ position: Int) -> Int {
  let byte = bytes[position]
  if byte >= 0x20, byte < 0x80 { return 0 }
  func isNext(_ distance: Int, _ wanted: UInt8) -> Bool {
    position + distance < bytes.count && bytes[position + distance] == wanted
  }
  switch byte {
  case 0x0A: return 1
  case 0x0D: return isNext(1, 0x0A) ? 2 : 1
  case 0xC2: return isNext(1, 0x85) ? 2 : 0
  case 0xE2: return isNext(1, 0x80) && (isNext(2, 0xA8) || isNext(2, 0xA9)) ? 3 : 0
  default: return 0
  }
}
