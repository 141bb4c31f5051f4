/// A piece of a line in one colour.
struct Span: Hashable {
  var text: String
  var tone: Paint.Tone?

  init(_ text: String, _ tone: Paint.Tone? = nil) {
    self.text = text
    self.tone = tone
  }
}

/// Text broken into lines that fit a narrow terminal.
struct TerminalLines {
  /// What everybody has, whatever their screen: a plan is also read in mails, logs and split windows.
  static let width = 80
  /// Stands where a line that must be read exactly was broken; all that follows it belongs to the text.
  static let mark = "↳"

  private let paint: Paint
  private(set) var text = ""

  init(_ paint: Paint) { self.paint = paint }

  mutating func blank() { text += "\n" }

  /// Prose: broken between words, further lines indented by `hang`.
  mutating func prose(_ spans: [Span], indent: Int = 0, hang: Int? = nil) {
    add(spans, indent: indent, hang: hang ?? indent, exactFrom: nil)
  }

  /// A label, and after it a text to be read exactly: nothing of it is lost where it is broken.
  mutating func exact(_ label: [Span], _ exact: Span, indent: Int, hang: Int? = nil) {
    let start = label.reduce(0) { $0 + visible($1.text).count }
    add(label + [exact], indent: indent, hang: hang ?? indent + 2, exactFrom: start)
  }

  private mutating func add(_ spans: [Span], indent: Int, hang: Int, exactFrom: Int?) {
    let cells = spans.flatMap { span in visible(span.text).map { (character: $0, tone: span.tone) } }
    var start = 0
    var isFirst = true
    repeat {
      let margin = isFirst ? indent : hang
      let marked = !isFirst && exactFrom != nil
      let room = max(16, Self.width - margin - (marked ? 1 : 0))
      let end = Self.end(of: cells, from: start, room: room, exactFrom: exactFrom)
      text += String(repeating: " ", count: margin) + (marked ? paint(Self.mark, .dim) : "")
      text += painted(cells[start..<end]) + "\n"
      start = end
      if exactFrom == nil, start < cells.count, cells[start].character == " " { start += 1 }
      isFirst = false
    } while start < cells.count
  }

  /// Where the line that begins at `start` ends: before a space if there is one, else where the room does.
  private static func end(
    of cells: [(character: Character, tone: Paint.Tone?)], from start: Int, room: Int, exactFrom: Int?
  ) -> Int {
    var used = 0
    var end = start
    while end < cells.count {
      used += columns(of: cells[end].character)
      if used > room { break }
      end += 1
    }
    guard end < cells.count, end > start else { return max(end, min(start + 1, cells.count)) }
    let earliest = max(start + room / 5, exactFrom ?? 0)
    guard earliest < end else { return end }
    // A space right at the edge ends the line too.
    if let space = (earliest...end).last(where: { cells[$0].character == " " }) { return space }
    return (earliest..<end).last { cells[$0].character == "," }.map { $0 + 1 } ?? end
  }

  private func painted(_ cells: ArraySlice<(character: Character, tone: Paint.Tone?)>) -> String {
    var result = ""
    var run = ""
    var tone: Paint.Tone?
    func close() { result += tone.map { paint(run, $0) } ?? run }
    for cell in cells {
      if cell.tone != tone {
        close()
        (run, tone) = ("", cell.tone)
      }
      run.append(cell.character)
    }
    close()
    return result
  }
}

/// How many columns of a terminal a character takes.
func columns(of character: Character) -> Int {
  guard let scalar = character.unicodeScalars.first, scalar.value >= 0x300 else { return 1 }
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .enclosingMark: return 0
  default: break
  }
  let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
    0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD,
  ]
  return wide.contains { $0.contains(scalar.value) } ? 2 : 1
}

func columns(of text: String) -> Int { text.reduce(0) { $0 + columns(of: $1) } }

extension String {
  func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - columns(of: self)))
  }
}
