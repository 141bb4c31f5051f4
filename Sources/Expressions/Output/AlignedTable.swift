/// A table whose columns are only set apart by standing under each other, as `df`, `free`, `ss` and `lsblk` print them:
/// a column ends where no line has a character.
struct AlignedTable: TableLayout {
  private struct Column {
    /// Counted in characters; the last one goes on to the end of the line.
    var range: Range<Int>
    var heading: String
    var isEmptyBelow: Bool
    /// Only one space stands between its heading and the one before.
    var isNear: Bool
  }

  private let columns: [Column]
  let names: [String]

  /// Wide enough for any terminal; a longer line says nothing more about columns.
  private static let widthLimit = 2_000

  /// Nil where the lines have no common gaps.
  init?(header: ArraySlice<UInt8>, rows: [ArraySlice<UInt8>]) {
    let lines = [header] + rows
    guard !rows.isEmpty, !lines.contains(where: { $0.contains(0x09) }) else { return nil }
    var taken = [Bool](repeating: false, count: Self.widthLimit)
    for line in lines {
      for (column, byte) in characters(line).prefix(Self.widthLimit) where !isBlankByte(byte) {
        taken[column] = true
      }
    }
    let written = characters(header).map { !isBlankByte($0.byte) }
    columns = Self.joined(
      Self.runs(taken).map { range in
        let start = range.first { $0 < written.count && written[$0] } ?? 0
        return Column(
          range: range, heading: Self.cell(header, range),
          isEmptyBelow: rows.allSatisfy { Self.cell($0, range).isEmpty },
          isNear: start >= 2 && !written[start - 1] && written[start - 2])
      })
    names = columns.map(\.heading)
    guard columns.count > 1, Set(names).count == names.count else { return nil }
  }

  func cells(of line: ArraySlice<UInt8>) -> [String] {
    columns.enumerated().map { index, column in
      let end = index + 1 < columns.count ? column.range.upperBound : Int.max
      return Self.cell(line, column.range.lowerBound..<end)
    }
  }

  private static func runs(_ taken: [Bool]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var start: Int?
    for (column, isTaken) in (taken + [false]).enumerated() {
      if isTaken {
        start = start ?? column
      } else if let first = start {
        runs.append(first..<column)
        start = nil
      }
    }
    return runs
  }

  /// `Mounted on` is one heading although no line crosses its space: under one of the words there is nothing. What has no
  /// heading belongs to the column before it, unless it is the first.
  private static func joined(_ parts: [Column]) -> [Column] {
    var columns: [Column] = []
    for part in parts {
      guard let last = columns.last else {
        columns.append(part)
        continue
      }
      let isOneHeading = part.isNear && (part.isEmptyBelow || last.isEmptyBelow) && !last.heading.isEmpty
      guard isOneHeading || part.heading.isEmpty else {
        columns.append(part)
        continue
      }
      let heading = part.heading.isEmpty ? last.heading : "\(last.heading) \(part.heading)"
      columns[columns.count - 1] = Column(
        range: last.range.lowerBound..<part.range.upperBound, heading: heading,
        isEmptyBelow: last.isEmptyBelow && part.isEmptyBelow, isNear: last.isNear)
    }
    return columns
  }

  private static func cell(_ line: ArraySlice<UInt8>, _ range: Range<Int>) -> String {
    text(trim(line[offset(range.lowerBound, line)..<offset(range.upperBound, line)]))
  }

  /// The byte at which a character begins.
  private static func offset(_ column: Int, _ line: ArraySlice<UInt8>) -> Int {
    guard column < line.count else { return line.endIndex }
    var left = column
    for index in line.indices where line[index] & 0xC0 != 0x80 {
      if left == 0 { return index }
      left -= 1
    }
    return line.endIndex
  }
}

/// Each character's column and first byte.
private func characters(_ line: ArraySlice<UInt8>) -> [(column: Int, byte: UInt8)] {
  line.filter { $0 & 0xC0 != 0x80 }.enumerated().map { ($0.offset, $0.element) }
}
