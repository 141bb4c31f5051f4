internal import Model

extension Native {
  static let substitutionFunctions: [String: ControlFunction] = [
    "sub/2": { (call, emit) throws(Interrupt) in
      try call.values(0) { (pattern) throws(Interrupt) in
        try substitute(call, pattern, flags: .string(""), emit)
      }
    },
    "gsub/2": { (call, emit) throws(Interrupt) in
      try call.values(0) { (pattern) throws(Interrupt) in
        try substitute(call, pattern, flags: .string("g"), emit)
      }
    },
    "sub/3": { (call, emit) throws(Interrupt) in
      try call.values(0) { (pattern) throws(Interrupt) in
        try call.values(2) { (flags) throws(Interrupt) in try substitute(call, pattern, flags: flags, emit) }
      }
    },
    "gsub/3": { (call, emit) throws(Interrupt) in
      try call.values(0) { (pattern) throws(Interrupt) in
        try call.values(2) { (flags) throws(Interrupt) in
          try substitute(call, pattern, flags: try call.evaluator.add(flags, .string("g")), emit)
        }
      }
    },
  ]

  /// A piece of the text that stays as it is, and the values that stand for the match behind it.
  private typealias Edit = (kept: String, replacements: [Value])

  /// As in jq 1.6, each further search sees only the rest of the text: `^` matches again at its beginning.
  private static func substitute(
    _ call: Call, _ pattern: Value, flags: Value, _ emit: Emit
  ) throws(Interrupt) {
    let evaluator = call.evaluator
    let (isGlobal, rest) = try separate(flags)
    var edits: [Edit] = []
    var input = call.item.value
    while let match = try evaluator.matches(input, pattern, rest).first, case .string(let text) = input {
      let bytes = Array(text.utf8)
      var replacements: [Value] = []
      try evaluator.values(call.arguments[1], Item(.object(match.named)), call.scope) { (value) in
        replacements.append(value)
      }
      edits.append((String(decoding: bytes[..<match.range.lowerBound], as: UTF8.self), replacements))
      input = .string(String(decoding: bytes[match.range.upperBound...], as: UTF8.self))
      guard isGlobal, match.range.upperBound < bytes.count else { break }
      guard match.range.upperBound > 0 else {
        throw .message("gsub would replace an empty match at the same place for ever")
      }
    }
    try combine(edits[...], input, call, emit)
  }

  /// The last replacement varies slowest, as in jq.
  private static func combine(
    _ edits: ArraySlice<Edit>, _ rest: Value, _ call: Call, _ emit: Emit
  ) throws(Interrupt) {
    guard let last = edits.last else { return try emit(call.item.computed(rest)) }
    for replacement in last.replacements {
      let head = try call.evaluator.add(.string(last.kept), replacement)
      try combine(edits.dropLast(), try call.evaluator.add(head, rest), call, emit)
    }
  }

  private static func separate(_ flags: Value) throws(Interrupt) -> (isGlobal: Bool, rest: Value) {
    switch flags {
    case .string(let letters) where letters.utf8.contains(UInt8(ascii: "g")):
      (true, .string(String(decoding: letters.utf8.filter { $0 != UInt8(ascii: "g") }, as: UTF8.self)))
    case .string, .null: (false, flags)
    default: throw .message("Cannot index \(flags.typeName) with string \"g\"")
    }
  }
}
