internal import Model

/// Objects and calls.
extension QueryParser {
  // MARK: Objects

  mutating func object() throws(QueryError) -> Node {
    let start = current.span.start
    advance()
    var members: [(key: Node, value: Node?)] = []
    while current.kind != .symbol("}") {
      members.append(try member())
      if !take(",") { break }
    }
    guard take("}") else {
      throw unexpected(
        expected: "',' or '}'", help: "a value with an operator in it stands in parentheses: {a: (1 + 2)}")
    }
    return try node(.object(members), from: start)
  }

  private mutating func member() throws(QueryError) -> (key: Node, value: Node?) {
    let start = current.span.start
    switch current.kind {
    case .variable(let name):
      let value = try variable(name)
      return (try node(.literal(.string(name)), from: start), value)
    case .name(let name):
      advance()
      let key = try node(.literal(.string(name)), from: start)
      if take(":") { return (key, try memberValue()) }
      guard !Self.reservedWords.contains(name) else { throw unexpected(expected: "':' after the key") }
      return (key, nil)
    case .string, .format:
      let key = try string()
      if case .format = key.kind { throw unexpected(expected: "a string") }
      return (key, take(":") ? try memberValue() : nil)
    case .symbol("("):
      advance()
      let key = try pipe()
      try expect(")", "after the key")
      try expect(":", "after the key")
      return (key, try memberValue())
    default:
      throw unexpected(expected: "a key", help: "a key that is no plain name stands in quotes or parentheses")
    }
  }

  /// jq lets a member's value be a term, a negated one or a pipe of these; the rest needs parentheses.
  private mutating func memberValue() throws(QueryError) -> Node {
    try nested { (parser) throws(QueryError) in
      let start = parser.current.span.start
      var stages: [Node] = []
      repeat {
        let stageStart = parser.current.span.start
        var negations = 0
        while parser.take("-") { negations += 1 }
        var stage = try parser.term()
        for _ in 0..<negations { stage = try parser.node(.negate(stage), from: stageStart) }
        stages.append(stage)
      } while parser.take("|")
      return stages.count == 1 ? stages[0] : try parser.node(.pipe(stages), from: start)
    }
  }

  // MARK: Calls

  mutating func call(_ name: String) throws(QueryError) -> Node {
    let nameSpan = current.span
    advance()
    var arguments: [Node] = []
    if take("(") {
      repeat { arguments.append(try pipe()) } while take(";")
      try expect(")", "after the arguments of `\(name)`")
    }
    return try resolvedCall(name, arguments, at: nameSpan)
  }

  mutating func resolvedCall(
    _ name: String, _ arguments: [Node], at nameSpan: Span
  ) throws(QueryError) -> Node {
    let start = nameSpan.start
    switch scope.function(name, arity: arguments.count) {
    case .definition(let id): return try node(.callDefinition(id, arguments), from: start)
    case .parameter(let id): return try node(.callParameter(id), from: start)
    case nil: break
    }
    if arguments.isEmpty, let constant = Self.constants[name] {
      return try node(.literal(constant), from: start)
    }
    let signature = "\(name)/\(arguments.count)"
    if let native = Native.table[signature] {
      return try node(.callNative(native, arguments), from: start)
    }
    if Prelude.definitions[signature] != nil {
      return try node(.callPrelude(signature, arguments), from: start)
    }
    throw UnknownFunction(name, arity: arguments.count, local: scope.functionNames).error(at: nameSpan)
  }

  private static let constants: [String: Value] = [
    "null": .null, "true": .bool(true), "false": .bool(false), "nan": .number(.nan),
    "infinite": .number(.infinity),
  ]
}
