import Model

/// Reads `leader`, `any(members)`, `members - ${node}` and the like.
struct SelectorParser {
  struct Failure: Error {
    var message: String
    var help: String?
    var offset: Int
    var length: Int
  }

  static let words: [String: Selector] = [
    "leader": .leader, "followers": .followers, "members": .members, "spares": .spares,
    "controller": .controller,
  ]
  /// Far deeper than anyone writes.
  private static let depthLimit = 16

  private let bytes: [UInt8]
  private var position = 0

  static func parse(_ text: String) throws(Failure) -> Selector {
    var parser = SelectorParser(bytes: Array(text.utf8))
    let selector = try parser.difference(depth: 0)
    guard parser.position == parser.bytes.count else { throw parser.unexpected() }
    return selector
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func difference(depth: Int) throws(Failure) -> Selector {
    var selector = try term(depth: depth)
    var count = depth
    while true {
      skipSpaces()
      guard let sign = peek(), sign == UInt8(ascii: "-") || sign == UInt8(ascii: "&") else { return selector }
      position += 1
      count += 1
      guard count < Self.depthLimit else { throw failure("too many nodes are put together here", length: 1) }
      let other = try term(depth: depth)
      selector = sign == UInt8(ascii: "-") ? .minus(selector, other) : .both(selector, other)
    }
  }

  private mutating func term(depth: Int) throws(Failure) -> Selector {
    guard depth < Self.depthLimit else { throw failure("nested too deep", length: 1) }
    skipSpaces()
    if peek() == UInt8(ascii: "$") { return .reference(try reference()) }
    let start = position
    let word = takeWord()
    guard !word.isEmpty else { throw unexpected() }
    if word == "any", peek() == UInt8(ascii: "(") {
      position += 1
      let inner = try difference(depth: depth + 1)
      skipSpaces()
      guard peek() == UInt8(ascii: ")") else {
        throw failure("the closing parenthesis of any( is missing", length: 1)
      }
      position += 1
      return .any(inner)
    }
    if let selector = Self.words[word] { return selector }
    if let range = try range(word, at: start) { return .range(range) }
    guard Names.isNodeName(word) else {
      throw Failure(message: "\(quoted(word)) is no node's name", offset: start, length: word.count)
    }
    return .name(NodeName(word))
  }

  private func range(_ word: String, at start: Int) throws(Failure) -> NodeRange? {
    let read: NodeRange?
    do throws(NodeRange.Failure) {
      read = try NodeRange(word)
    } catch {
      throw Failure(message: error.message, help: error.help, offset: start, length: word.count)
    }
    guard let read else { return nil }
    guard read.names.allSatisfy({ Names.isNodeName($0.rawValue) }) else {
      throw Failure(message: "\(quoted(word)) gives no nodes' names", offset: start, length: word.count)
    }
    return read
  }

  private mutating func reference() throws(Failure) -> [String] {
    let start = position
    position += 1
    guard peek() == UInt8(ascii: "{"), let end = bytes[position...].firstIndex(of: UInt8(ascii: "}")) else {
      throw Failure(
        message: "a reference is written ${name}", offset: start, length: max(1, bytes.count - start))
    }
    let path = String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
      .split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    position = end + 1
    guard path.allSatisfy(Names.isIdentifier) else {
      throw Failure(
        message: "a reference is a name, or names with dots between them", offset: start,
        length: position - start)
    }
    return path
  }

  private mutating func takeWord() -> String {
    let start = position
    while let byte = peek(), !" \t-&${}()".utf8.contains(byte) || isInnerDash(byte) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// `db-1` is one name; `members - db-1` takes one node away.
  private func isInnerDash(_ byte: UInt8) -> Bool {
    guard byte == UInt8(ascii: "-"), position > 0, bytes[position - 1] != UInt8(ascii: " "),
      position + 1 < bytes.count
    else { return false }
    return ![UInt8(ascii: " "), UInt8(ascii: "$")].contains(bytes[position + 1])
  }

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpaces() {
    while let byte = peek(), byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { position += 1 }
  }

  private func unexpected() -> Failure {
    let rest = String(decoding: bytes[position...], as: UTF8.self)
    return rest.isEmpty
      ? failure("a node or a group of nodes is missing here", length: 1)
      : failure("\(quoted(rest)) is not understood here", length: rest.utf8.count)
  }

  private func failure(_ message: String, length: Int) -> Failure {
    Failure(message: message, help: Self.help, offset: position, length: length)
  }

  private static let help =
    "nodes are: a node's or a group's name, db-[1-3], ${input}, leader, followers, members, spares, controller, "
    + "any(members), members - ${input}, members & zone-a, [n1, n2]"
}
