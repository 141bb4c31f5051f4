internal import Model

/// Reads a query by recursive descent with jq's precedences, and resolves every name while doing so.
struct QueryParser {
  private let bytes: [UInt8]
  private var tokens: [Token]
  private var index = 0
  private var nesting = 0
  var scope: QueryScope
  /// Whether anything in the query catches errors.
  var catchesErrors = false
  private(set) var variables: [Query.VariableUse] = []
  /// Set while reading belay's own definitions: their places mean nothing to the user.
  private let isPrelude: Bool

  private static let nestingLimit = 64
  /// Deeper than this the parser goes on where there is more stack.
  private static let shallowNesting = 12
  private static let deepStackBytes = 16 << 20
  private static let heightLimit = 250
  private static let textLimit = 64 << 10

  init(_ text: String, isPrelude: Bool = false, scope: QueryScope = QueryScope()) throws(QueryError) {
    bytes = Array(text.utf8)
    guard bytes.count <= Self.textLimit else {
      throw QueryError("a query may have at most \(Self.textLimit) bytes", offset: 0, length: 1)
    }
    var lexer = QueryLexer(bytes, in: 0..<bytes.count)
    tokens = try lexer.tokens()
    self.isPrelude = isPrelude
    self.scope = scope
  }

  mutating func query() throws(QueryError) -> Node {
    if current.kind == .end {
      throw QueryError("the query is empty", at: current.span, help: "write `.` for the input itself")
    }
    let node = try pipe()
    guard current.kind == .end else { throw unexpected() }
    return node
  }

  // MARK: Tokens

  var current: Token { tokens[index] }
  var following: Token { tokens[min(index + 1, tokens.count - 1)] }
  var previousEnd: Int { index > 0 ? tokens[index - 1].span.end : 0 }

  mutating func advance() { index = min(index + 1, tokens.count - 1) }

  mutating func take(_ symbol: String) -> Bool {
    guard current.kind == .symbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func takeWord(_ word: String) -> Bool {
    guard current.kind == .name(word) else { return false }
    advance()
    return true
  }

  mutating func expect(_ symbol: String, _ purpose: String) throws(QueryError) {
    guard take(symbol) else { throw unexpected(expected: "'\(symbol)' \(purpose)") }
  }

  mutating func expectWord(_ word: String, help: String? = nil) throws(QueryError) {
    guard takeWord(word) else { throw unexpected(expected: "`\(word)`", help: help) }
  }

  func unexpected(expected: String? = nil, help: String? = nil) -> QueryError {
    let found: String
    switch current.kind {
    case .end: found = "the query ends too early"
    case .symbol("?//"):
      return QueryError(
        "`?//` is outside the part of jq that belay evaluates", at: current.span,
        help: "write `? //` with a space for an alternative to an error")
    default:
      let text = String(decoding: bytes[current.span.start..<current.span.end], as: UTF8.self)
      found = "unexpected `\(text.count > 40 ? text.prefix(40) + "…" : text)`"
    }
    return QueryError(
      expected.map { "\(found): expected \($0)" } ?? found, at: current.span, help: help)
  }

  func node(_ kind: Node.Kind, from start: Int) throws(QueryError) -> Node {
    let span = isPrelude ? .hidden : Span(start: start, end: previousEnd)
    let node = Node(kind, span)
    guard node.height <= Self.heightLimit else {
      throw QueryError("the query is nested too deeply", offset: start, length: 1)
    }
    return node
  }

  mutating func nested<Result>(
    _ body: (inout QueryParser) throws(QueryError) -> Result
  ) throws(QueryError) -> Result {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= Self.nestingLimit else {
      throw QueryError("the query is nested more than \(Self.nestingLimit) levels deep", at: current.span)
    }
    guard nesting == Self.shallowNesting else { return try body(&self) }
    let unavailable = QueryError("the system gives no thread for a query nested so deeply", at: current.span)
    var result: Result?
    try onStack(ofBytes: Self.deepStackBytes, unavailable: unavailable) { () throws(QueryError) in
      result = try body(&self)
    }
    guard let result else { throw unavailable }
    return result
  }

  /// Parses an interpolated query in place, by swapping the tokens for those of its bytes.
  mutating func interpolated(_ range: Range<Int>) throws(QueryError) -> Node {
    var lexer = QueryLexer(bytes, in: range)
    let inner = try lexer.tokens()
    let outer = (tokens, index)
    tokens = inner
    index = 0
    defer { (tokens, index) = outer }
    return try nested { (parser) throws(QueryError) in try parser.query() }
  }

  mutating func recordUse(of name: String, at span: Span) {
    variables.append(.init(name: name, offset: span.start, length: span.end - span.start, path: []))
  }

  /// The last use recorded goes on with a static field: `$node.member`.
  mutating func extendUse(_ use: Int, with field: String) {
    variables[use].path.append(field)
    variables[use].length = previousEnd - variables[use].offset
  }

  // MARK: Operators

  /// `a | b | c`: a list, so that a long pipe is not a deep tree.
  mutating func pipe() throws(QueryError) -> Node {
    try nested { (parser) throws(QueryError) in
      let start = parser.current.span.start
      var stages = [try parser.comma()]
      while parser.take("|") { stages.append(try parser.comma()) }
      return stages.count == 1 ? stages[0] : try parser.node(.pipe(stages), from: start)
    }
  }

  private mutating func comma() throws(QueryError) -> Node {
    let start = current.span.start
    var parts = [try binary(minimum: 0)]
    while take(",") { parts.append(try binary(minimum: 0)) }
    return parts.count == 1 ? parts[0] : try node(.comma(parts), from: start)
  }

  /// Precedence climbing over everything that binds tighter than a comma.
  mutating func binary(minimum: Int) throws(QueryError) -> Node {
    let start = current.span.start
    var left = try operand()
    while let found = InfixOperator(current.kind), found.precedence >= minimum {
      let operatorSpan = current.span
      advance()
      let right = try nested { (parser) throws(QueryError) in
        try parser.binary(minimum: found.isRightAssociative ? found.precedence : found.precedence + 1)
      }
      try refuseConstantDivisionByZero(found, left, right, at: operatorSpan)
      left = try node(found.kind(left, right), from: start)
      if found.isNonAssociative, let next = InfixOperator(current.kind),
        next.precedence == found.precedence
      {
        throw unexpected(help: "put one of the two in parentheses")
      }
    }
    return left
  }

  /// jq finds this while it compiles, even where the query would never get there.
  private func refuseConstantDivisionByZero(
    _ found: InfixOperator, _ left: Node, _ right: Node, at span: Span
  ) throws(QueryError) {
    guard case .binary(.divide) = found, case .literal(.number) = left.kind,
      case .literal(.number(0)) = right.kind
    else { return }
    throw QueryError("division by zero", at: span)
  }
}

private enum InfixOperator {
  case alternative, or, and
  case binary(BinaryOperator)
  case assign(AssignmentOperator)

  init?(_ token: Token.Kind) {
    switch token {
    case .name("or"): self = .or
    case .name("and"): self = .and
    case .symbol("//"): self = .alternative
    case .symbol("="): self = .assign(.set)
    case .symbol("|="): self = .assign(.update)
    case .symbol("//="): self = .assign(.alternative)
    case .symbol(let text) where text.count == 2 && text.last == "=" && "+-*/%".contains(text.prefix(1)):
      guard let operation = BinaryOperator(rawValue: String(text.prefix(1))) else { return nil }
      self = .assign(.arithmetic(operation))
    case .symbol(let text):
      guard let operation = BinaryOperator(rawValue: text) else { return nil }
      self = .binary(operation)
    default: return nil
    }
  }

  var precedence: Int {
    switch self {
    case .alternative: 1
    case .assign: 2
    case .or: 3
    case .and: 4
    case .binary(.add), .binary(.subtract): 6
    case .binary(.multiply), .binary(.divide), .binary(.remainder): 7
    case .binary: 5
    }
  }

  var isRightAssociative: Bool { precedence == 1 }
  var isNonAssociative: Bool { precedence == 2 || precedence == 5 }

  func kind(_ left: Node, _ right: Node) -> Node.Kind {
    switch self {
    case .alternative: .alternative(left, right)
    case .or: .or(left, right)
    case .and: .and(left, right)
    case .binary(let operation): .binary(operation, left, right)
    case .assign(let operation): .assign(operation, left, right)
    }
  }
}
