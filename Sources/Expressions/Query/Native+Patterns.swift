internal import Model

extension Native {
  static let patternFunctions: [String: ControlFunction] = [
    "test/1": test, "test/2": test, "match/1": match, "match/2": match, "capture/1": capture,
    "capture/2": capture, "scan/1": scan, "splits/1": splits, "splits/2": splits, "split/2": split,
  ]

  private static func test(_ call: Call, _ emit: Emit) throws(Interrupt) {
    try patterns(call) { (pattern, flags) throws(Interrupt) in
      let found = try call.evaluator.matches(call.item.value, pattern, flags, testing: true)
      try emit(call.item.computed(.bool(!found.isEmpty)))
    }
  }

  private static func match(_ call: Call, _ emit: Emit) throws(Interrupt) {
    try patterns(call) { (pattern, flags) throws(Interrupt) in
      for match in try call.evaluator.matches(call.item.value, pattern, flags) {
        try emit(call.item.computed(match.value))
      }
    }
  }

  private static func capture(_ call: Call, _ emit: Emit) throws(Interrupt) {
    try patterns(call) { (pattern, flags) throws(Interrupt) in
      for match in try call.evaluator.matches(call.item.value, pattern, flags) {
        try emit(call.item.computed(.object(match.named)))
      }
    }
  }

  private static func scan(_ call: Call, _ emit: Emit) throws(Interrupt) {
    try call.values(0) { (pattern) throws(Interrupt) in
      for match in try call.evaluator.matches(call.item.value, pattern, .string("g")) {
        try emit(call.item.computed(match.scanned))
      }
    }
  }

  private static func splits(_ call: Call, _ emit: Emit) throws(Interrupt) {
    try splitParts(call) { (parts) throws(Interrupt) in
      for part in parts { try emit(call.item.computed(part)) }
    }
  }

  private static func split(_ call: Call, _ emit: Emit) throws(Interrupt) {
    try splitParts(call) { (parts) throws(Interrupt) in try emit(call.item.computed(.array(parts))) }
  }

  /// A pattern with its flags: two arguments, or one that is a string or an array of both.
  private static func patterns(
    _ call: Call, _ body: (Value, Value) throws(Interrupt) -> Void
  ) throws(Interrupt) {
    if call.arguments.count == 2 {
      return try call.values(1) { (flags) throws(Interrupt) in
        try call.values(0) { (pattern) throws(Interrupt) in try body(pattern, flags) }
      }
    }
    try call.values(0) { (pattern) throws(Interrupt) in
      switch pattern {
      case .string: try body(pattern, .null)
      case .array(let parts) where !parts.isEmpty: try body(parts[0], parts.count > 1 ? parts[1] : .null)
      default: throw .message("\(pattern.typeName) not a string or array")
      }
    }
  }

  private static func splitParts(
    _ call: Call, _ body: ([Value]) throws(Interrupt) -> Void
  ) throws(Interrupt) {
    try call.values(0) { (pattern) throws(Interrupt) in
      guard call.arguments.count == 2 else {
        return try body(try call.evaluator.split(call.item.value, by: pattern, .string("g")))
      }
      try call.evaluator.values(call.arguments[1], call.item, call.scope) { (flags) throws(Interrupt) in
        let all = try call.evaluator.add(.string("g"), flags)
        try body(try call.evaluator.split(call.item.value, by: pattern, all))
      }
    }
  }
}

/// One match, with offsets in code points as jq gives them.
struct PatternMatch {
  struct Group {
    var offset: Int
    var length: Int
    var text: String?
    var name: String?
  }

  var whole: Group
  var groups: [Group]
  /// Where the match ends, in bytes.
  var range: Range<Int>

  var value: Value {
    [
      "offset": .number(Double(whole.offset)), "length": .number(Double(whole.length)),
      "string": whole.text.map(Value.string) ?? .null, "captures": .array(groups.map(Self.capture)),
    ]
  }

  private static func capture(_ group: Group) -> Value {
    let text = group.text.map(Value.string) ?? .null
    let offset = Value.number(Double(group.offset))
    let length = Value.number(Double(group.length))
    let name = group.name.map(Value.string) ?? .null
    // jq writes the keys of an empty capture in another order.
    return group.length == 0
      ? ["offset": offset, "string": text, "length": length, "name": name]
      : ["offset": offset, "length": length, "string": text, "name": name]
  }

  var named: Value.Object {
    var object = Value.Object()
    for group in groups {
      if let name = group.name { object[name] = group.text.map(Value.string) ?? .null }
    }
    return object
  }

  var scanned: Value {
    groups.isEmpty
      ? whole.text.map(Value.string) ?? .null
      : .array(groups.map { $0.text.map(Value.string) ?? .null })
  }
}
