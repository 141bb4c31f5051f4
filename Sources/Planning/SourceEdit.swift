/// What has become of some lines of a file.
package struct SourceEdit: Hashable, Sendable {
  /// Counting from 1, in the text as it was and as it is.
  package var oldLine: Int
  package var newLine: Int
  package var removed: [String]
  package var added: [String]

  /// Texts too far apart to be compared line by line cost no more than reading them.
  private static let comparedLines = 2000

  package static func edits(from old: String, to new: String) -> [SourceEdit] {
    let (before, after) = (lines(old), lines(new))
    let head = zip(before, after).prefix { $0 == $1 }.count
    let tail = zip(before.dropFirst(head).reversed(), after.dropFirst(head).reversed()).prefix { $0 == $1 }
      .count
    let (a, b) = (before[head..<(before.count - tail)], after[head..<(after.count - tail)])
    guard max(a.count, b.count) <= comparedLines else {
      return [SourceEdit(oldLine: head + 1, newLine: head + 1, removed: Array(a), added: Array(b))]
    }
    var removals: Set<Int> = []
    var insertions: Set<Int> = []
    for change in Array(b).difference(from: Array(a)) {
      switch change {
      case .remove(let offset, _, _): removals.insert(offset)
      case .insert(let offset, _, _): insertions.insert(offset)
      }
    }
    var edits: [SourceEdit] = []
    var (i, j) = (0, 0)
    while i < a.count || j < b.count {
      var edit = SourceEdit(oldLine: head + i + 1, newLine: head + j + 1, removed: [], added: [])
      while removals.contains(i) {
        edit.removed.append(a[a.startIndex + i])
        i += 1
      }
      while insertions.contains(j) {
        edit.added.append(b[b.startIndex + j])
        j += 1
      }
      if !edit.removed.isEmpty || !edit.added.isEmpty { edits.append(edit) }
      i += 1
      j += 1
    }
    return edits
  }

  /// `path:line: was …` and `path:line: is …`.
  package func told(in path: String) -> [String] {
    removed.enumerated().map { "\(path):\(oldLine + $0.offset) was: \(Self.short($0.element))" }
      + added.enumerated().map { "\(path):\(newLine + $0.offset) is:  \(Self.short($0.element))" }
  }

  private static func short(_ line: String) -> String {
    let text = line.drop { $0 == " " }
    return text.count > 120 ? "\(text.prefix(119))…" : String(text)
  }

  private static func lines(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }
}
