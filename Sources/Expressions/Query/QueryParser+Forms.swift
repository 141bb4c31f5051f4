internal import Model

/// The forms that begin with a word: `if`, `try`, `reduce`, `foreach`, `def`, and `as`.
extension QueryParser {
  /// What an infix operator stands between, with any `?` behind it.
  mutating func operand() throws(QueryError) -> Node {
    let start = current.span.start
    var result = try bareOperand()
    while take("?") {
      catchesErrors = true
      result = try node(.attempt(result, handler: nil), from: start)
    }
    return result
  }

  private mutating func bareOperand() throws(QueryError) -> Node {
    switch current.kind {
    case .name("def"): try definition()
    case .name("if"): try condition()
    case .name("try"): try attempt()
    case .name("reduce"): try reduce()
    case .name("foreach"): try foreach()
    case .name("label"), .name("break"), .name("import"), .name("include"), .name("module"):
      throw outsideSubset()
    case .symbol("-"): try negation()
    default: try termOrBinding()
    }
  }

  private func outsideSubset() -> QueryError {
    guard case .name(let word) = current.kind else { return unexpected() }
    return QueryError(
      "`\(word)` is outside the part of jq that belay evaluates", at: current.span,
      help: word == "label" || word == "break" ? "use first(…), limit(…) or until(…)" : nil)
  }

  private mutating func negation() throws(QueryError) -> Node {
    let start = current.span.start
    advance()
    let inner = try nested { (parser) throws(QueryError) in
      try parser.binary(minimum: 7)
    }
    return try node(.negate(inner), from: start)
  }

  private mutating func termOrBinding() throws(QueryError) -> Node {
    let start = current.span.start
    let source = try term()
    guard takeWord("as") else { return source }
    let mark = scope.mark
    let pattern = try pattern(since: mark)
    try expect("|", "before the query that uses the variable")
    let body = try pipe()
    scope.close(to: mark)
    return try node(.bind(source, pattern, body: body), from: start)
  }

  private mutating func condition() throws(QueryError) -> Node {
    let start = current.span.start
    advance()
    let test = try pipe()
    try expectWord("then")
    let then = try pipe()
    let otherwise: Node
    if current.kind == .name("elif") {
      otherwise = try nested { (parser) throws(QueryError) in try parser.condition() }
      return try node(.condition(test, then: then, otherwise: otherwise), from: start)
    }
    try expectWord("else", help: "jq 1.6 needs it: write `else . end`")
    otherwise = try pipe()
    try expectWord("end")
    return try node(.condition(test, then: then, otherwise: otherwise), from: start)
  }

  private mutating func attempt() throws(QueryError) -> Node {
    let start = current.span.start
    advance()
    catchesErrors = true
    let body = try nested { (parser) throws(QueryError) in try parser.bareOperand() }
    var handler: Node?
    if takeWord("catch") {
      handler = try nested { (parser) throws(QueryError) in try parser.bareOperand() }
    }
    return try node(.attempt(body, handler: handler), from: start)
  }

  private mutating func reduce() throws(QueryError) -> Node {
    let fold = try fold()
    try expect(")", "after the update")
    scope.close(to: fold.mark)
    return try node(
      .reduce(source: fold.source, fold.pattern, initial: fold.initial, update: fold.update),
      from: fold.start)
  }

  private mutating func foreach() throws(QueryError) -> Node {
    let fold = try fold()
    let extract = take(";") ? try pipe() : nil
    try expect(")", "after the last part of foreach")
    scope.close(to: fold.mark)
    return try node(
      .foreach(
        source: fold.source, fold.pattern, initial: fold.initial, update: fold.update, extract: extract),
      from: fold.start)
  }

  private typealias Fold = (
    start: Int, mark: QueryScope.Mark, source: Node, pattern: Pattern, initial: Node, update: Node
  )

  /// What `reduce` and `foreach` have in common: `SOURCE as $x (INITIAL; UPDATE`. Its names are still in scope.
  private mutating func fold() throws(QueryError) -> Fold {
    let start = current.span.start
    advance()
    let source = try term()
    try expectWord("as")
    let mark = scope.mark
    let pattern = try pattern(since: mark)
    try expect("(", "before the initial value")
    let initial = try outside(mark) { (parser) throws(QueryError) in try parser.pipe() }
    try expect(";", "between the initial value and the update")
    return (start, mark, source, pattern, initial, try pipe())
  }

  /// The initial value stands behind the pattern but does not see its variables.
  private mutating func outside(
    _ mark: QueryScope.Mark, _ body: (inout QueryParser) throws(QueryError) -> Node
  ) throws(QueryError) -> Node {
    let hidden = scope.hide(since: mark)
    let node = try body(&self)
    scope.reveal(hidden)
    return node
  }

  // MARK: Definitions

  private mutating func definition() throws(QueryError) -> Node {
    let start = current.span.start
    let mark = scope.mark
    let definition = try definitionHead()
    let body = try pipe()
    scope.close(to: mark)
    return try node(.define(definition, body: body), from: start)
  }

  /// `def name(…): body;`, after which the name stays visible.
  mutating func definitionHead() throws(QueryError) -> Definition {
    advance()
    guard case .name(let name) = current.kind, !Self.reservedWords.contains(name) else {
      throw unexpected(expected: "the name of a function")
    }
    advance()
    let names = try parameterNames()
    try expect(":", "before the body of `\(name)`")
    let id = scope.freshID()
    scope.declareFunction(name, arity: names.count, .definition(id))
    let mark = scope.mark
    let parameters = names.map { declareParameter($0.name, isVariable: $0.isVariable) }
    let body = try pipe()
    scope.close(to: mark)
    try expect(";", "after the body of `\(name)`")
    return Definition(id: id, parameters: parameters, body: body)
  }

  private mutating func parameterNames() throws(QueryError) -> [(name: String, isVariable: Bool)] {
    guard take("(") else { return [] }
    var names: [(name: String, isVariable: Bool)] = []
    repeat {
      switch current.kind {
      case .variable(let name): names.append((name, true))
      case .name(let name) where !Self.reservedWords.contains(name): names.append((name, false))
      default: throw unexpected(expected: "the name of a parameter")
      }
      advance()
    } while take(";")
    try expect(")", "after the parameters")
    return names
  }

  private mutating func declareParameter(_ name: String, isVariable: Bool) -> Definition.Parameter {
    let id = scope.freshID()
    scope.declareFunction(name, arity: 0, .parameter(id))
    let variable = isVariable ? scope.declareVariable(name, since: scope.mark) : nil
    return Definition.Parameter(id: id, variable: variable)
  }

  // MARK: Patterns

  private mutating func pattern(since mark: QueryScope.Mark) throws(QueryError) -> Pattern {
    let pattern = try nested { (parser) throws(QueryError) in
      if case .variable(let name) = parser.current.kind {
        parser.advance()
        return Pattern.variable(parser.scope.declareVariable(name, since: mark))
      }
      if parser.take("[") { return try parser.arrayPattern(since: mark) }
      if parser.take("{") { return try parser.objectPattern(since: mark) }
      throw parser.unexpected(expected: "a $variable or a pattern in [ ] or { }")
    }
    if current.kind == .symbol("?//") { throw unexpected() }
    return pattern
  }

  private mutating func arrayPattern(since mark: QueryScope.Mark) throws(QueryError) -> Pattern {
    var patterns: [Pattern] = []
    repeat { patterns.append(try pattern(since: mark)) } while take(",")
    try expect("]", "after the pattern")
    return .array(patterns)
  }

  private mutating func objectPattern(since mark: QueryScope.Mark) throws(QueryError) -> Pattern {
    var members: [(key: Node, variable: Int?, pattern: Pattern?)] = []
    repeat {
      let start = current.span.start
      switch current.kind {
      case .variable(let name):
        advance()
        let key = try node(.literal(.string(name)), from: start)
        let variable = scope.declareVariable(name, since: mark)
        members.append((key, variable, take(":") ? try pattern(since: mark) : nil))
      case .name(let name):
        advance()
        let key = try node(.literal(.string(name)), from: start)
        try expect(":", "after the key")
        members.append((key, nil, try pattern(since: mark)))
      case .string, .format:
        let key = try string()
        try expect(":", "after the key")
        members.append((key, nil, try pattern(since: mark)))
      case .symbol("("):
        advance()
        let key = try pipe()
        try expect(")", "after the key")
        try expect(":", "after the key")
        members.append((key, nil, try pattern(since: mark)))
      default: throw unexpected(expected: "a key of the pattern")
      }
    } while take(",")
    try expect("}", "after the pattern")
    return .object(members)
  }
}
