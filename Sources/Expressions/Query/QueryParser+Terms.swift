internal import Model

/// Terms: paths, literals, constructions and calls, with what is written directly behind them.
extension QueryParser {
  static let reservedWords: Set<String> = [
    "def", "if", "then", "elif", "else", "end", "as", "reduce", "foreach", "try", "catch", "label", "import",
    "include", "and", "or", "module", "__loc__",
  ]

  mutating func term() throws(QueryError) -> Node {
    let start = current.span.start
    let usesBefore = variables.count
    var result = try primary()
    var use: Int?
    if case .global = result.kind, variables.count == usesBefore + 1 { use = usesBefore }
    while true {
      if case .field(let name) = current.kind {
        advance()
        let key = try node(.literal(.string(name)), from: current.span.start)
        if let use { extendUse(use, with: name) }
        result = try node(.index(result, key: key, optional: take("?")), from: start)
      } else if current.kind == .symbol("."), isString(following.kind) {
        advance()
        let key = try string()
        if let name = literalText(key), let known = use {
          extendUse(known, with: name)
        } else {
          use = nil
        }
        result = try node(.index(result, key: key, optional: take("?")), from: start)
      } else if take("[") {
        result = try bracket(after: result, from: start, use: &use)
      } else {
        return result
      }
    }
  }

  private func isString(_ kind: Token.Kind) -> Bool {
    switch kind {
    case .string, .format: true
    default: false
    }
  }

  private func literalText(_ node: Node) -> String? {
    if case .literal(.string(let text)) = node.kind { text } else { nil }
  }

  /// After `target[`: `]`, `key]`, `from:to]`.
  private mutating func bracket(
    after target: Node, from start: Int, use: inout Int?
  ) throws(QueryError) -> Node {
    if take("]") {
      use = nil
      return try node(.iterate(target, optional: take("?")), from: start)
    }
    if take(":") {
      use = nil
      let to = try pipe()
      try expect("]", "after the slice")
      return try node(.slice(target, from: nil, to: to, optional: take("?")), from: start)
    }
    let key = try pipe()
    if take(":") {
      use = nil
      let to = current.kind == .symbol("]") ? nil : try pipe()
      try expect("]", "after the slice")
      return try node(.slice(target, from: key, to: to, optional: take("?")), from: start)
    }
    try expect("]", "after the index")
    if let name = literalText(key), let known = use { extendUse(known, with: name) } else { use = nil }
    return try node(.index(target, key: key, optional: take("?")), from: start)
  }

  private mutating func primary() throws(QueryError) -> Node {
    let start = current.span.start
    switch current.kind {
    case .number(let number):
      advance()
      return try node(.literal(.number(number)), from: start)
    case .string, .format: return try string()
    case .field(let name):
      advance()
      let key = try node(.literal(.string(name)), from: start)
      let input = try node(.identity, from: start)
      return try node(.index(input, key: key, optional: take("?")), from: start)
    case .variable(let name): return try variable(name)
    case .name(let name):
      guard !Self.reservedWords.contains(name) else { throw unexpected() }
      return try call(name)
    case .symbol("."):
      advance()
      let input = try node(.identity, from: start)
      guard isString(current.kind) else { return input }
      let key = try string()
      return try node(.index(input, key: key, optional: take("?")), from: start)
    case .symbol(".."):
      advance()
      return try resolvedCall("recurse", [], at: Span(start: start, end: previousEnd))
    case .symbol("("):
      advance()
      let inner = try pipe()
      try expect(")", "to close the parenthesis")
      return inner
    case .symbol("["):
      advance()
      if take("]") { return try node(.array(nil), from: start) }
      let inner = try pipe()
      try expect("]", "to close the array")
      return try node(.array(inner), from: start)
    case .symbol("{"): return try object()
    default: throw unexpected(expected: "a value")
    }
  }

  mutating func variable(_ name: String) throws(QueryError) -> Node {
    let span = current.span
    advance()
    if let id = scope.variable(name) { return try node(.variable(id), from: span.start) }
    if ["ENV", "__loc__", "__prog_args"].contains(name) || name.contains("::") {
      throw QueryError(
        "`$\(name)` is outside the part of jq that belay evaluates", at: span,
        help: name == "ENV" ? "a query sees no environment: declare an input" : nil)
    }
    if Self.reservedWords.contains(name) {
      throw QueryError("`\(name)` is a word of the language and names no variable", at: span)
    }
    recordUse(of: name, at: span)
    return try node(.global(name), from: span.start)
  }

  // MARK: Strings

  /// `"…"`, `@format` or `@format "…"`.
  mutating func string() throws(QueryError) -> Node {
    let start = current.span.start
    var format = "@text"
    if case .format(let name) = current.kind {
      guard TextFormat(rawValue: name) != nil else {
        throw QueryError(
          "`\(name)` is no format", at: current.span,
          help: suggestion(for: name, among: TextFormat.allCases.map(\.rawValue)).map {
            "did you mean `\($0)`?"
          })
      }
      format = name
      advance()
      guard case .string = current.kind else { return try node(.format(format), from: start) }
    }
    guard case .string(let pieces) = current.kind else { throw unexpected(expected: "a string") }
    advance()
    if pieces.count == 1, case .text(let text) = pieces[0] {
      return try node(.literal(.string(text)), from: start)
    }
    var parts: [Node.Piece] = []
    for piece in pieces {
      switch piece {
      case .text(let text): parts.append(.text(text))
      case .query(let range): parts.append(.query(try interpolated(range)))
      }
    }
    return try node(.text(format: format, pieces: parts), from: start)
  }
}
