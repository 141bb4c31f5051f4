/// `${node.member.id}`: a dotted path into what is in scope, and nothing more.
package struct Reference: Hashable, Codable, Sendable {
  package var path: [String]

  package init(path: [String]) { self.path = path }

  /// The path as written between the braces.
  package var text: String { path.joined(separator: ".") }
}

/// What is wrong with a text that holds references, and at which bytes.
package struct TemplateProblem: Error, Hashable, Sendable {
  package var message: String
  package var help: String?
  package var offset: Int
  package var length: Int

  init(_ message: String, at range: Range<Int>, help: String? = nil) {
    self.message = message
    self.help = help
    self.offset = range.lowerBound
    self.length = max(1, range.count)
  }
}

/// What stands at a dollar sign.
enum DollarForm {
  /// `$${`: three bytes that mean `${`.
  case escapedBrace
  case reference(Reference, Range<Int>)
  /// The bytes to skip.
  case broken(TemplateProblem, Range<Int>)
  /// A dollar that is none of belay's business.
  case plain

  /// `position` is that of a `$`.
  static func at(_ position: Int, in bytes: [UInt8]) -> DollarForm {
    let rest = bytes[position...]
    if rest.starts(with: "$${".utf8) { return .escapedBrace }
    guard rest.starts(with: "${".utf8) else { return .plain }
    let start = position + 2
    // No further than needed: a line may hold thousands of references.
    let newline = UInt8(ascii: "\n")
    let brace = UInt8(ascii: "}")
    let end = bytes[start...].firstIndex { $0 == brace || $0 == newline } ?? bytes.endIndex
    guard end < bytes.endIndex, bytes[end] == brace else {
      let range = position..<end
      let problem = TemplateProblem(
        "this reference is never closed", at: position..<start,
        help: "add '}', or write `$${` for a literal `${`")
      return .broken(problem, range)
    }
    let range = position..<(end + 1)
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    let path = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if let problem = problem(with: path, text, at: range) { return .broken(problem, range) }
    return .reference(Reference(path: path), range)
  }

  private static func problem(
    with path: [String], _ text: String, at range: Range<Int>
  ) -> TemplateProblem? {
    let shellForm = "`${…}` is a reference of the runbook; write `$${…}` for one of the shell"
    let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    if text.utf8.allSatisfy(isBlank) {
      return TemplateProblem(
        "this reference names nothing", at: range, help: "write a path such as `${node.name}`")
    }
    if let odd = text.unicodeScalars.first(where: { !isPathScalar($0) }) {
      let trimmed = text.filter { $0 != " " && $0 != "\t" }
      let shown =
        odd.value > 0x20 && odd.value < 0x7F ? "'\(odd)'" : odd == " " ? "a space" : "this character"
      return TemplateProblem(
        "\(shown) cannot stand in a reference", at: range,
        help: trimmed != text ? "write `${\(trimmed)}`" : shellForm)
    }
    if path.contains("") {
      return TemplateProblem(
        "a name is missing beside a dot of this reference", at: range,
        help: "write a path such as `${node.name}`")
    }
    return nil
  }

  private static func isPathScalar(_ scalar: Unicode.Scalar) -> Bool {
    guard let byte = UInt8(exactly: scalar.value) else { return false }
    return isNameStart(byte) || isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }
}
