/// Takes secrets out of text before it is kept or shown: in clear, and in the forms in which commands print them.
///
/// It works on bytes, so that text which is not UTF-8 hides nothing, and it covers overlapping finds as one.
package struct SecretMask: Sendable {
  package static let replacement = "‹secret›"
  package static let none = SecretMask([])

  /// The forms to look for, by their first byte.
  private let formsByFirstByte: [[[UInt8]]]

  package let isEmpty: Bool
  /// What is shorter holds no secret: most keys and many values need no look.
  private let shortestForm: Int
  /// So much at the end of a text that was cut may be the beginning of a secret.
  package let longestForm: Int
  private let replacement: String

  package init(_ secrets: [String], replacement: String = SecretMask.replacement) {
    self.replacement = replacement
    var forms: Set<[UInt8]> = []
    for secret in secrets { forms.formUnion(SecretForms.all(of: secret)) }
    forms.remove([])
    isEmpty = forms.isEmpty
    shortestForm = forms.map(\.count).min() ?? 0
    longestForm = forms.map(\.count).max() ?? 0
    var byFirstByte = [[[UInt8]]](repeating: [], count: 256)
    for form in forms { byFirstByte[Int(form[0])].append(form) }
    formsByFirstByte = byFirstByte
  }

  package func apply(_ text: String) -> String {
    if isEmpty || text.utf8.count < shortestForm { return text }
    let bytes = Array(text.utf8)
    let spans = finds(in: bytes)
    return spans.isEmpty ? text : String(decoding: replacing(spans, in: bytes), as: UTF8.self)
  }

  package func apply(_ bytes: [UInt8]) -> [UInt8] {
    if isEmpty || bytes.count < shortestForm { return bytes }
    let spans = finds(in: bytes)
    return spans.isEmpty ? bytes : replacing(spans, in: bytes)
  }

  /// Merged and in order. Of two finds that overlap, masking only one would leave the rest of the other.
  private func finds(in bytes: [UInt8]) -> [Range<Int>] {
    var spans: [Range<Int>] = []
    for start in bytes.indices {
      let forms = formsByFirstByte[Int(bytes[start])]
      if forms.isEmpty { continue }
      let length = forms.lazy.filter { bytes[start...].starts(with: $0) }.map(\.count).max()
      guard let length else { continue }
      if let last = spans.last, start <= last.upperBound {
        spans[spans.count - 1] = last.lowerBound..<max(last.upperBound, start + length)
      } else {
        spans.append(start..<start + length)
      }
    }
    return spans
  }

  private func replacing(_ spans: [Range<Int>], in bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var position = 0
    for span in spans {
      out += bytes[position..<span.lowerBound]
      out += replacement.utf8
      position = span.upperBound
    }
    return out + bytes[position...]
  }
}
