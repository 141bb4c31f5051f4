/// A text the author wrote in YAML, able to say where in the file each of its bytes stands:
/// commands and queries are checked after YAML has taken their indentation away.
package struct ScalarText: Hashable, Sendable {
  package enum Layout: Hashable, Sendable {
    /// On one line, as it stands; quoted texts start one column later.
    case inline(quoted: Bool)
    /// A literal block: its first line of content and the indentation YAML removed.
    case block(firstLine: Int, indent: Int)
    /// Folded or escaped: positions inside are unknown, so the start stands for all of them.
    case opaque
  }

  package let text: String
  package let location: SourceLocation
  package let layout: Layout

  package init(_ text: String, at location: SourceLocation, layout: Layout = .opaque) {
    self.text = text
    self.location = location
    self.layout = layout
  }

  /// The place of a byte of `text` in the file.
  package func location(atByte offset: Int, length: Int = 1) -> SourceLocation {
    let newline = UInt8(ascii: "\n")
    var before = text.utf8.prefix(max(0, offset))
    var place = location
    place.length = max(1, length)
    switch layout {
    case .opaque: return location
    case .inline(let quoted):
      place.column += String(decoding: before, as: UTF8.self).unicodeScalars.count + (quoted ? 1 : 0)
    case .block(let firstLine, let indent):
      // What is missing at the end is missing where the text ends, not on the line below.
      if before.endIndex == text.utf8.endIndex {
        while before.last == newline { before.removeLast() }
      }
      place.line = firstLine + before.count { $0 == newline }
      let lineStart = before.suffix(while: { $0 != newline })
      place.column = indent + String(decoding: lineStart, as: UTF8.self).unicodeScalars.count + 1
    }
    return place
  }
}

extension BidirectionalCollection {
  fileprivate func suffix(while predicate: (Element) -> Bool) -> SubSequence {
    var start = endIndex
    while start > startIndex, predicate(self[index(before: start)]) { formIndex(before: &start) }
    return self[start...]
  }
}
