/// A text with references where no shell reads it: the content of a file, a path, a title.
package struct TextTemplate: Hashable, Sendable {
  package enum Part: Hashable, Sendable {
    case text(String)
    case reference(Reference, offset: Int, length: Int)
  }

  package let parts: [Part]

  package var references: [Reference] {
    parts.compactMap { if case .reference(let reference, _, _) = $0 { reference } else { nil } }
  }

  /// The text itself when it holds no reference.
  package var literal: String? {
    var result = ""
    for part in parts {
      guard case .text(let text) = part else { return nil }
      result += text
    }
    return result
  }

  /// What is wrong is left out of the template, so that one mistake does not hide the next.
  package static func parse(_ text: String) -> (template: TextTemplate, problems: [TemplateProblem]) {
    let bytes = Array(text.utf8)
    var parts: [Part] = []
    var problems: [TemplateProblem] = []
    var literal: [UInt8] = []
    var position = 0
    func flush() {
      if !literal.isEmpty { parts.append(.text(String(decoding: literal, as: UTF8.self))) }
      literal = []
    }
    while position < bytes.count {
      guard bytes[position] == UInt8(ascii: "$") else {
        literal.append(bytes[position])
        position += 1
        continue
      }
      switch DollarForm.at(position, in: bytes) {
      case .escapedBrace:
        literal += "${".utf8
        position += 3
      case .reference(let reference, let range):
        flush()
        parts.append(.reference(reference, offset: range.lowerBound, length: range.count))
        position = range.upperBound
      case .broken(let problem, let range):
        problems.append(problem)
        position = range.upperBound
      case .plain:
        literal.append(bytes[position])
        position += 1
      }
    }
    flush()
    return (TextTemplate(parts: parts), problems)
  }

  package func render(_ value: (Reference) throws -> String) rethrows -> String {
    var result = ""
    for part in parts {
      switch part {
      case .text(let text): result += text
      case .reference(let reference, _, _): result += try value(reference)
      }
    }
    return result
  }
}
