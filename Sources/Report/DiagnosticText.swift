package import Model

/// Diagnostics as a person reads them in a terminal: each with its source line, a caret and what to do.
package func renderDiagnostics(
  _ diagnostics: [Diagnostic], sources: [SourceFile], colour: Bool
) -> String {
  let renderer = DiagnosticRenderer(
    sources: Dictionary(sources.map { ($0.path, $0) }) { first, _ in first }, paint: Paint(isOn: colour))
  return diagnostics.map(renderer.render).joined() + renderer.count(diagnostics)
}

private struct DiagnosticRenderer {
  let sources: [String: SourceFile]
  let paint: Paint

  func render(_ diagnostic: Diagnostic) -> String {
    let tone: Paint.Tone = diagnostic.severity == .error ? .error : .warning
    let title = "\(diagnostic.severity.rawValue)[\(diagnostic.code)]"
    var text = paint(title, tone) + ": " + paint(visible(diagnostic.message), .strong) + "\n"
    let width = gutterWidth(diagnostic)
    let margin = String(repeating: " ", count: width)

    // A short "did you mean" stands beside the caret, where the eye already is.
    let isBeside = diagnostic.help?.hasPrefix("did you mean") ?? false
    var beside = isBeside ? diagnostic.help : nil
    if let location = diagnostic.location {
      if sources[location.file]?.line(location.line) == nil {
        text += place(location, margin)
      } else {
        text += show(location, margin, mark: "^", tone, label: beside)
        beside = nil
      }
    }
    if let help = isBeside ? beside : diagnostic.help { text += remark("help", help, margin) }
    for note in diagnostic.notes {
      text += remark("note", note.message, margin)
      if let location = note.location { text += show(location, margin, mark: "-", .quiet, label: nil) }
    }
    return text + "\n"
  }

  func count(_ diagnostics: [Diagnostic]) -> String {
    let errors = diagnostics.count { $0.severity == .error }
    let warnings = diagnostics.count - errors
    let parts = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }
      .map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
    return parts.isEmpty ? "" : paint(parts.joined(separator: ", "), errors > 0 ? .error : .warning) + "\n"
  }

  private func gutterWidth(_ diagnostic: Diagnostic) -> Int {
    let places = [diagnostic.location] + diagnostic.notes.map(\.location)
    return places.compactMap { $0.map { String($0.line).count } }.max() ?? 0
  }

  private func excerpt(_ location: SourceLocation) -> SourceExcerpt? {
    sources[location.file]?.line(location.line).map {
      SourceExcerpt($0, column: location.column, length: location.length)
    }
  }

  private func place(_ location: SourceLocation, _ margin: String) -> String {
    margin + paint("-->", .quiet) + " \(visible(location.description))\n"
  }

  private func show(
    _ location: SourceLocation, _ margin: String, mark: Character, _ tone: Paint.Tone, label: String?
  ) -> String {
    guard let excerpt = excerpt(location) else { return place(location, margin) }
    let number = String(location.line)
    let padded = String(repeating: " ", count: max(0, margin.count - number.count)) + number
    let marks = String(repeating: mark, count: excerpt.markWidth)
    let words = label.map { " " + visible($0) } ?? ""
    return place(location, margin)
      + "\(margin) \(paint("|", .quiet))\n"
      + "\(paint("\(padded) |", .quiet)) \(excerpt.text)\n"
      + "\(margin) \(paint("|", .quiet)) \(String(repeating: " ", count: excerpt.markStart))\(paint(marks + words, tone))\n"
  }

  private func remark(_ kind: String, _ text: String, _ margin: String) -> String {
    "\(margin) \(paint("=", .quiet)) \(paint("\(kind):", .strong)) \(visible(text))\n"
  }
}

/// One source line made safe to print, cut around the part that matters.
struct SourceExcerpt {
  let text: String
  let markStart: Int
  let markWidth: Int

  /// Wide enough for any line a person wrote, narrow enough for a terminal.
  private static let widthLimit = 100
  private static let contextBefore = 60

  init(_ line: Substring, column: Int, length: Int) {
    // Of a line of megabytes only what may be shown is looked at.
    let skipped = max(0, column - 1 - 2 * Self.contextBefore)
    let shown = line.unicodeScalars.dropFirst(skipped).prefix(2 * Self.contextBefore + Self.widthLimit)
    let cells = shown.map(Self.cell)
    let start = min(max(0, column - 1 - skipped), cells.count)
    let end = start + min(max(1, length), cells.count - start)
    let width = { (range: Range<Int>) in cells[range].reduce(0) { $0 + $1.width } }

    var first = 0
    var last = cells.count
    if width(0..<cells.count) > Self.widthLimit {
      first = max(0, start - Self.contextBefore)
      last = min(cells.count, first + Self.widthLimit)
    }
    let prefix = first + skipped > 0 ? "…" : ""
    text =
      prefix + cells[first..<last].map(\.text).joined()
      + (last < cells.count || shown.endIndex < line.endIndex ? "…" : "")
    markStart = prefix.count + width(first..<start)
    markWidth = max(1, width(start..<max(start, min(end, last))))
  }

  /// What is printed for one scalar, and how many columns it takes.
  private static func cell(_ scalar: Unicode.Scalar) -> (text: String, width: Int) {
    if scalar.value >= 0x20, scalar.value < 0x7F { return (String(scalar), 1) }
    if scalar == "\t" { return ("  ", 2) }
    let text = visible(scalar)
    return (text, text.unicodeScalars.count == 1 ? columns(scalar) : text.count)
  }

  /// Combining marks take no column of their own, East Asian wide characters and emoji two.
  private static func columns(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
