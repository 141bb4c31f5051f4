package import Model

/// A query as runbooks write it in `expect`, `when`, `landed` and `out`: a documented part of jq, evaluated by belay
/// itself. What is in that part means what jq 1.6 means, including its messages; steps, depth and sizes are bounded.
package struct Query: Sendable, Hashable {
  package let text: String
  /// Every `$name` that the query does not bind itself, in the order of the text.
  package let variables: [VariableUse]
  private let root: Node
  private let catchesErrors: Bool

  package struct VariableUse: Sendable, Hashable {
    /// Without the dollar.
    package var name: String
    /// The bytes of `$name` and of the static path behind it.
    package var offset: Int
    package var length: Int
    /// The fields written directly behind it: `$node.member.id` has `member` and `id`.
    package var path: [String]
  }

  /// A run asks the same queries again and again, of every node and in every attempt: it compiles them once.
  package static func compile(_ text: String) throws(QueryError) -> Query {
    if let known = QueryCache.shared.query(text) { return known }
    let query = try compiled(text)
    QueryCache.shared.keep(query)
    return query
  }

  private static func compiled(_ text: String) throws(QueryError) -> Query {
    var parser = try QueryParser(text)
    let root = try parser.query()
    return Query(text: text, variables: parser.variables, root: root, catchesErrors: parser.catchesErrors)
  }

  package static func == (a: Query, b: Query) -> Bool { sameBytes(a.text, b.text) }
  package func hash(into hasher: inout Hasher) { hasher.combine(text) }

  /// Every value that the query gives for this input.
  package func evaluate(
    _ input: Value, _ bindings: [String: Value] = [:], limits: QueryLimits = .standard
  ) throws(QueryError) -> [Value] {
    var outputs: [Value] = []
    try run(input, bindings, limits) { (value) throws(Interrupt) in
      guard outputs.count < limits.outputs else {
        throw .exceeded("the query gives more than \(limits.outputs) values")
      }
      outputs.append(value)
    }
    return outputs
  }

  /// The first value that the query gives, or null; what would come after it is never computed.
  package func firstValue(
    _ input: Value, _ bindings: [String: Value] = [:], limits: QueryLimits = .standard
  ) throws(QueryError) -> Value {
    var first: Value?
    try run(input, bindings, limits) { (value) throws(Interrupt) in
      first = value
      throw .stop(Evaluator.wholeQuery)
    }
    return first ?? .null
  }

  /// Whether the first value is neither null nor false: no value at all is not true.
  package func isTrue(
    _ input: Value, _ bindings: [String: Value] = [:], limits: QueryLimits = .standard
  ) throws(QueryError) -> Bool {
    try firstValue(input, bindings, limits: limits).isTruthy
  }

  private func run(
    _ input: Value, _ bindings: [String: Value], _ limits: QueryLimits,
    _ emit: (Value) throws(Interrupt) -> Void
  ) throws(QueryError) {
    let evaluator = Evaluator(globals: bindings, limits: limits, defersLast: !catchesErrors)
    do {
      try evaluator.evaluate(root, Item(input), nil) { (item) throws(Interrupt) in try emit(item.value) }
    } catch {
      if case .stop = error { return }
      throw error.queryError(textLength: text.utf8.count)
    }
  }
}

extension Value {
  var isTruthy: Bool {
    switch self {
    case .null, .bool(false): false
    default: true
    }
  }
}
