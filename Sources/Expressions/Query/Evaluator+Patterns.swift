internal import Model

extension Evaluator {
  /// What jq's `match` finds, with its ways: after an empty match the search goes on one byte later.
  func matches(
    _ input: Value, _ pattern: Value, _ flags: Value, testing: Bool = false
  ) throws(Interrupt) -> [PatternMatch] {
    guard case .string(let text) = input else {
      throw .message("\(described(input)) cannot be matched, as it is not a string")
    }
    guard case .string(let pattern) = pattern else { throw .message("\(described(pattern)) is not a string") }
    let (options, isGlobal) = try Self.options(flags)
    let regex = try expression(pattern, options)
    let bytes = Array(text.utf8)
    try chargeString(bytes: bytes.count)
    var places = CodePoints(bytes)
    var found: [PatternMatch] = []
    var start = 0
    repeat {
      try charge(20)
      let groups: RegularExpression.Groups?
      do throws(RegularExpression.Failure) {
        groups = try regex.firstMatch(in: bytes, from: start, retries: limits.patternRetries)
      } catch {
        throw .exceeded("a regular expression gives up: \(error.message)")
      }
      guard let groups, let whole = groups.first ?? nil else { break }
      found.append(places.match(groups, whole, regex.groupNames))
      if testing { break }
      start = whole.isEmpty ? start + 1 : whole.upperBound
      try charge(whole.count >> 6 + groups.count)
    } while isGlobal && start < bytes.count
    return found
  }

  func split(_ input: Value, by pattern: Value, _ flags: Value) throws(Interrupt) -> [Value] {
    let found = try matches(input, pattern, flags)
    guard case .string(let text) = input else { return [] }
    let bytes = Array(text.utf8)
    var parts: [Value] = []
    var start = 0
    for match in found {
      let end = max(start, match.range.lowerBound)
      parts.append(.string(String(decoding: bytes[start..<end], as: UTF8.self)))
      start = match.range.upperBound
    }
    parts.append(.string(String(decoding: bytes[start...], as: UTF8.self)))
    return parts
  }

  private func expression(
    _ pattern: String, _ options: RegularExpression.Options
  ) throws(Interrupt) -> RegularExpression {
    let key = PatternKey(pattern: pattern, options: options)
    if let known = expressions[key] { return known }
    try charge(200 + pattern.utf8.count)
    do throws(RegularExpression.Failure) {
      let regex = try RegularExpression(pattern, options)
      if expressions.count < 100 { expressions[key] = regex }
      return regex
    } catch {
      throw .message("Regex failure: \(error.message)")
    }
  }

  private static func options(
    _ flags: Value
  ) throws(Interrupt) -> (options: RegularExpression.Options, isGlobal: Bool) {
    var options: RegularExpression.Options = []
    var isGlobal = false
    switch flags {
    case .null: break
    case .string(let letters):
      for letter in letters.utf8 {
        switch letter {
        case UInt8(ascii: "g"): isGlobal = true
        case UInt8(ascii: "i"): options.insert(.ignoreCase)
        case UInt8(ascii: "x"): options.insert(.extended)
        case UInt8(ascii: "s"): options.insert(.singleLine)
        case UInt8(ascii: "p"): options.formUnion([.multiLine, .singleLine])
        case UInt8(ascii: "l"): options.insert(.findLongest)
        case UInt8(ascii: "n"): options.insert(.findNotEmpty)
        default: throw .message("\(letters) is not a valid modifier string")
        }
      }
    default: throw .message("\(described(flags)) is not a string")
    }
    return (options, isGlobal)
  }
}

/// A pattern with its options, compiled once an evaluation.
struct PatternKey: Hashable {
  var pattern: String
  var options: RegularExpression.Options

  static func == (a: Self, b: Self) -> Bool { sameBytes(a.pattern, b.pattern) && a.options == b.options }
}

/// Turns byte offsets of a text into counts of code points, going on from the last place asked for.
private struct CodePoints {
  private let bytes: [UInt8]
  private var lastByte = 0
  private var lastCount = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func count(upTo byte: Int) -> Int {
    if byte < lastByte { (lastByte, lastCount) = (0, 0) }
    lastCount += bytes[lastByte..<byte].count { $0 & 0xC0 != 0x80 }
    lastByte = byte
    return lastCount
  }

  mutating func match(
    _ groups: RegularExpression.Groups, _ whole: Range<Int>, _ names: [String?]
  ) -> PatternMatch {
    // jq leaves the captures of an empty match out.
    let captured = whole.isEmpty ? [] : groups.dropFirst().enumerated().map { ($0.offset, $0.element) }
    return PatternMatch(
      whole: group(whole, nil),
      groups: captured.map { index, range in
        group(range, names.indices.contains(index) ? names[index] : nil)
      },
      range: whole)
  }

  private mutating func group(_ range: Range<Int>?, _ name: String?) -> PatternMatch.Group {
    guard let range else { return .init(offset: -1, length: 0, text: nil, name: name) }
    let offset = count(upTo: range.lowerBound)
    let length = bytes[range].count { $0 & 0xC0 != 0x80 }
    return .init(
      offset: offset, length: length, text: String(decoding: bytes[range], as: UTF8.self), name: name)
  }
}
