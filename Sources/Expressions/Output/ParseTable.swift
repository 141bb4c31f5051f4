internal import Model

/// A header and rows, as an array of objects that are keyed by the header. An empty cell is null.
func parseTable(_ output: OutputLines) throws(OutputError) -> Value {
  let lines = output.lines.filter { !$0.isBlank && !isRule($0.trimmed) }
  guard let header = lines.first else { return .array([]) }
  let rows = lines.dropFirst().filter { !isFooter($0.trimmed) }
  let table = layout(header.bytes, rows.map(\.bytes))
  let names = table.cells(of: header.bytes)
  guard names.count <= OutputLimits.columns else {
    throw header.failure("the table has more than \(OutputLimits.columns) columns")
  }
  var seen: Set<String> = []
  for name in names where !seen.insert(name).inserted {
    throw header.failure("two columns are named `\(name)`")
  }
  var records: [Value] = []
  for line in rows {
    let cells = table.cells(of: line.bytes)
    guard cells.count <= names.count else {
      throw line.failure("a row has \(cells.count) cells where the header has \(names.count)")
    }
    var record = Value.Object()
    for (index, name) in names.enumerated() {
      let cell = index < cells.count ? cells[index] : ""
      record[name] = cell.isEmpty ? .null : .string(cell)
    }
    records.append(.object(record))
  }
  return .array(records)
}

private func layout(_ header: ArraySlice<UInt8>, _ rows: [ArraySlice<UInt8>]) -> any TableLayout {
  if header.contains(UInt8(ascii: "|")) { return BoxedTable() }
  let spaced = SpacedTable(header: header)
  if rows.allSatisfy(spaced.fits) { return spaced }
  // Only a header that cannot be read by its wide gaps alone is held against the rows.
  let words = text(header).split { $0 == " " || $0 == "\t" }.count
  let isAmbiguous = words > spaced.count || header.first.map(isBlankByte) ?? false
  return (isAmbiguous ? AlignedTable(header: header, rows: rows) : nil) ?? spaced
}

/// A line drawn between rows: `+----+`, `----+----`, `=====`.
private func isRule(_ line: ArraySlice<UInt8>) -> Bool {
  let drawn = Set("+-=| \t".utf8)
  return line.count >= 3 && line.allSatisfy(drawn.contains)
    && line.contains { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "=") }
}

/// psql ends a table with `(3 rows)`.
private func isFooter(_ line: ArraySlice<UInt8>) -> Bool {
  let words = text(line).split(separator: " ")
  return words.count == 2 && words[0].hasPrefix("(") && (words[1] == "rows)" || words[1] == "row)")
    && Int(words[0].dropFirst()) != nil
}

protocol TableLayout {
  func cells(of line: ArraySlice<UInt8>) -> [String]
}

/// `| a | b |` and `a | b`.
private struct BoxedTable: TableLayout {
  func cells(of line: ArraySlice<UInt8>) -> [String] {
    var inner = trim(line)
    if inner.first == UInt8(ascii: "|") { inner = inner.dropFirst() }
    if inner.last == UInt8(ascii: "|") { inner = inner.dropLast() }
    return inner.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false).map { text(trim($0)) }
  }
}

/// Columns set apart by two spaces or a tab. A cell belongs to the column whose heading it stands under, so that an
/// empty cell does not move the ones behind it; where rows do not follow the header's columns, they are counted.
private struct SpacedTable: TableLayout {
  private let starts: [Int]

  init(header: ArraySlice<UInt8>) {
    starts = Self.runs(of: header).map { Self.column($0.lowerBound, in: header) }
  }

  var count: Int { starts.count }

  /// Whether each cell of a row begins under a heading.
  func fits(_ line: ArraySlice<UInt8>) -> Bool {
    Self.runs(of: line).allSatisfy { starts.contains(Self.column($0.lowerBound, in: line)) }
  }

  func cells(of line: ArraySlice<UInt8>) -> [String] {
    let runs = Self.runs(of: line)
    guard runs.count < starts.count else { return runs.map { text(line[$0]) } }
    var cells = [String](repeating: "", count: starts.count)
    for run in runs {
      guard let column = starts.firstIndex(of: Self.column(run.lowerBound, in: line)) else {
        return runs.map { text(line[$0]) }
      }
      cells[column] = text(line[run])
    }
    return cells
  }

  /// Columns are characters, not bytes.
  private static func column(_ index: Int, in line: ArraySlice<UInt8>) -> Int {
    line[line.startIndex..<index].count { $0 & 0xC0 != 0x80 }
  }

  /// The cells of a line: text that holds single spaces at most.
  private static func runs(of line: ArraySlice<UInt8>) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var index = line.startIndex
    while index < line.endIndex {
      if isBlankByte(line[index]) {
        index += 1
        continue
      }
      let start = index
      var end = index
      while index < line.endIndex, !endsCell(line[index...]) {
        if !isBlankByte(line[index]) { end = index + 1 }
        index += 1
      }
      runs.append(start..<end)
    }
    return runs
  }

  private static func endsCell(_ rest: ArraySlice<UInt8>) -> Bool {
    guard let first = rest.first, isBlankByte(first) else { return false }
    return first == 0x09 || rest.dropFirst().first.map(isBlankByte) ?? true
  }
}
