/// `db-[01-12]`: names that differ in a number, each as wide as it is written.
package struct NodeRange: Hashable, Sendable, CustomStringConvertible {
  package let prefix: String
  package let suffix: String
  package let numbers: ClosedRange<Int>
  /// Numbers are filled up with zeros to this many digits; 0 leaves them as they are.
  package let width: Int

  /// More than anyone has in a cluster.
  private static let limit = 1000

  package struct Failure: Error, Hashable, Sendable {
    package var message: String
    package var help: String
  }

  /// Nil when the text has no brackets.
  package init?(_ text: String) throws(Failure) {
    guard let open = text.firstIndex(where: { $0 == "[" || $0 == "]" }) else { return nil }
    func refuse(_ message: String) -> Failure {
      Failure(message: message, help: "a range of names is written db-[1-3], or db-[01-12] with zeros")
    }
    guard text[open] == "[", let close = text[open...].firstIndex(of: "]") else {
      throw refuse("the brackets of \"\(text)\" do not match")
    }
    let bounds = text[text.index(after: open)..<close].split(separator: "-", omittingEmptySubsequences: false)
    let rest = text[text.index(after: close)...]
    guard bounds.count == 2, !rest.contains(where: { $0 == "[" || $0 == "]" }),
      let first = NodeRange.number(bounds[0]), let last = NodeRange.number(bounds[1])
    else { throw refuse("\"\(text)\" is no range of names") }
    guard first <= last else { throw refuse("\"\(text)\" counts backwards: it holds no name") }
    guard last - first < NodeRange.limit else {
      throw refuse("\"\(text)\" holds more than \(NodeRange.limit) names")
    }
    let isPadded = bounds[0].hasPrefix("0") && bounds[0].count > 1
    guard !isPadded || bounds[0].count == bounds[1].count else {
      throw refuse("the numbers of \"\(text)\" are not equally wide")
    }
    prefix = String(text[..<open])
    suffix = String(rest)
    numbers = first...last
    width = isPadded ? bounds[0].count : 0
  }

  private static func number(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.count <= 9, text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    return Int(text)
  }

  package var names: [NodeName] {
    numbers.map { number in
      let digits = String(number)
      return NodeName(prefix + String(repeating: "0", count: max(0, width - digits.count)) + digits + suffix)
    }
  }

  package var description: String {
    func written(_ number: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(prefix)[\(written(numbers.lowerBound))-\(written(numbers.upperBound))]\(suffix)"
  }
}
