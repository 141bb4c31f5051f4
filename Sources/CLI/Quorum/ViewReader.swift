import Model
import Platform

/// Takes the views off standard input: one a line, or one over several lines from a `{` alone to a `}` at a line's
/// beginning, as pretty-printers write it.
struct ViewReader: ~Copyable {
  struct View {
    /// Where it begins.
    var line: Int
    var bytes: [UInt8]
    /// Why it cannot even be parsed.
    var problem: String?
  }

  /// Room for thousands of members.
  static let sizeLimit = 1 << 20

  private var lines: InputLines
  private var number = 0
  private var pending: (line: InputLines.Line, number: Int)?

  init(of descriptor: Int32 = 0) { lines = InputLines(of: descriptor, limit: Self.sizeLimit) }

  mutating func next() throws -> View? {
    while let (line, number) = try take() {
      switch line {
      case .tooLong:
        return View(line: number, bytes: [], problem: "the line is longer than \(byteSize(Self.sizeLimit))")
      case .text(let bytes):
        let text = bytes.drop(while: isBlank)
        if text.isEmpty { continue }
        let isOpen = text.first == UInt8(ascii: "{") && text.dropFirst().allSatisfy(isBlank)
        return isOpen ? try block(from: bytes, at: number) : View(line: number, bytes: bytes)
      }
    }
    return nil
  }

  private mutating func block(from first: [UInt8], at start: Int) throws -> View {
    var bytes = first
    while let (line, number) = try take() {
      // A view that was cut off takes none of those after it along.
      guard case .text(let more) = line, more.first != UInt8(ascii: "{"),
        bytes.count + more.count < Self.sizeLimit
      else {
        pending = (line, number)
        break
      }
      bytes += [UInt8(ascii: "\n")] + more
      if more.first == UInt8(ascii: "}") { break }
    }
    return View(line: start, bytes: bytes)
  }

  private mutating func take() throws -> (InputLines.Line, Int)? {
    if let held = pending {
      pending = nil
      return held
    }
    guard let line = try lines.next() else { return nil }
    number += 1
    return (line, number)
  }
}

extension ViewReader.View {
  /// `line 3, column 14`, counted in characters as an editor does.
  func place(ofByte offset: Int) -> String {
    let before = bytes.prefix(max(0, offset))
    let line = before.count { $0 == UInt8(ascii: "\n") }
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let column = String(decoding: before[start...], as: UTF8.self).count + 1
    return "line \(self.line + line), column \(column)"
  }

  /// Where a key is first written; its beginning when it is nowhere.
  func place(ofKey key: String) -> String {
    let name = Array("\"\(key)\"".utf8)
    let offset = bytes.indices.first { bytes[$0] == name[0] && bytes[$0...].starts(with: name) }
    return place(ofByte: offset ?? 0)
  }
}

private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
