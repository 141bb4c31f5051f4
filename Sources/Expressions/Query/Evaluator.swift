internal import Model

typealias Emit = (Item) throws(Interrupt) -> Void

/// Walks a query and hands each value that it gives to a closure, so that nothing is computed that nobody wants
/// and backtracking is a return. One evaluator serves one evaluation.
final class Evaluator {
  let globals: [String: Value]
  let limits: QueryLimits
  private var steps = 0
  private var depth = 0
  private var lastStop = Evaluator.wholeQuery
  var expressions: [PatternKey: RegularExpression] = [:]

  static let wholeQuery = 0
  /// From this depth on the evaluation goes on where there is more stack: a thread of Swift's pool has 512 KB.
  private static let shallowDepth = 40
  private static let deepStackBytes = 256 << 20

  /// Whether the last value of a part is handed on only after the part returned, which keeps long chains shallow.
  /// An error raised later then no longer passes through the part, and a `try` in it, as it does in jq 1.6, would
  /// not see it: so only for queries without one.
  private let defersLast: Bool

  init(globals: [String: Value], limits: QueryLimits, defersLast: Bool) {
    self.globals = globals
    self.limits = limits
    self.defersLast = defersLast
  }

  /// Every loop and every walk over data pays here, so that no query can run for long.
  func charge(_ count: Int = 1) throws(Interrupt) {
    steps &+= count
    guard steps <= limits.steps else { throw .exceeded("the query takes more than \(limits.steps) steps") }
  }

  func chargeString(bytes: Int) throws(Interrupt) {
    guard bytes <= limits.stringBytes else {
      throw .exceeded("the query builds a string of more than \(limits.stringBytes) bytes")
    }
    try charge(bytes >> 6)
  }

  /// Names one use of `first` or the like, so that stopping it stops no other.
  func freshStop() -> Int {
    lastStop += 1
    return lastStop
  }

  func evaluate(_ node: Node, _ item: Item, _ scope: Environment?, _ emit: Emit) throws(Interrupt) {
    try charge()
    depth += 1
    defer { depth -= 1 }
    guard depth <= limits.depth else {
      throw Interrupt.exceeded("the query nests more than \(limits.depth) evaluations").placed(at: node.span)
    }
    if depth == Self.shallowDepth {
      let unavailable = Interrupt.exceeded("the system gives no thread for a deep query")
      try onStack(ofBytes: Self.deepStackBytes, unavailable: unavailable) { () throws(Interrupt) in
        try dispatch(node, item, scope, emit)
      }
    } else {
      try dispatch(node, item, scope, emit)
    }
  }

  private func dispatch(
    _ node: Node, _ item: Item, _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    switch node.kind {
    case .identity: try emit(item)
    case .literal(let value): try emit(item.computed(value))
    case .variable, .global: try emit(item.computed(variable(node, scope)))
    case .text(let format, let pieces):
      try text(format, pieces[...], "", item, scope, emit)
    case .format(let format): try emit(item.computed(.string(try formatted(item.value, format, node))))
    case .index(let target, let key, let optional):
      try index(node, target, key, optional, item, scope, emit)
    case .slice(let target, let from, let to, let optional):
      try slice(node, target, from, to, optional, item, scope, emit)
    case .iterate(let target, let optional):
      try evaluate(target, item, scope) { (target) throws(Interrupt) in
        try self.iterate(target, optional, node.span, emit)
      }
    case .pipe(let stages): try pipe(stages, 0, item, scope, emit)
    case .comma(let parts):
      for part in parts { try evaluate(part, item, scope, emit) }
    default: try dispatchForm(node, item, scope, emit)
    }
  }

  private func dispatchForm(
    _ node: Node, _ item: Item, _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    switch node.kind {
    case .negate(let inner):
      try values(inner, item, scope) { (value) throws(Interrupt) in
        try emit(item.computed(try negated(value, node)))
      }
    case .binary(let operation, let left, let right):
      try binary(node, operation, left, right, item, scope, emit)
    case .and(let left, let right):
      try logical(left, right, decidedBy: false, item, scope, emit)
    case .or(let left, let right):
      try logical(left, right, decidedBy: true, item, scope, emit)
    case .alternative(let left, let right): try alternative(left, right, item, scope, emit)
    case .assign(let operation, let target, let value):
      try assign(node, operation, target, value, item, scope, emit)
    case .condition(let test, let then, let otherwise):
      try values(test, item, scope) { (value) throws(Interrupt) in
        try self.evaluate(value.isTruthy ? then : otherwise, item, scope, emit)
      }
    case .attempt(let body, let handler): try attempt(body, handler, item, scope, emit)
    case .reduce(let source, let pattern, let initial, let update):
      try reduce(source, pattern, initial, update, item, scope, emit)
    case .foreach(let source, let pattern, let initial, let update, let extract):
      try foreach(source, pattern, initial, (update, extract), item, scope, emit)
    case .bind(let source, let pattern, let body):
      try values(source, item, scope) { (value) throws(Interrupt) in
        try self.match(pattern, value, item, scope) { (scope) throws(Interrupt) in
          try self.evaluate(body, item, scope, emit)
        }
      }
    case .array(let inner):
      try emit(item.computed(try array(inner, item, scope, at: node.span)))
    case .object(let members): try object(members[...], .init(), node.span, item, scope, emit)
    default: try dispatchCall(node, item, scope, emit)
    }
  }

  private func pipe(
    _ stages: [Node], _ index: Int, _ item: Item, _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    guard index < stages.count - 1 else { return try evaluate(stages[index], item, scope, emit) }
    try deferringLast(stages[index], item, scope) { (next) throws(Interrupt) in
      try self.pipe(stages, index + 1, next, scope, emit)
    }
  }

  /// The values of a part of the query whose path does not matter.
  func values(
    _ node: Node, _ item: Item, _ scope: Environment?, _ emit: (Value) throws(Interrupt) -> Void
  ) throws(Interrupt) {
    if case .literal(let value) = node.kind { return try emit(value) }
    try deferringLast(node, Item(item.value), scope) { (item) throws(Interrupt) in try emit(item.value) }
  }

  /// Evaluates with each value handed on when the next one arrives, and the last one at the end.
  private func deferringLast(
    _ node: Node, _ item: Item, _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    guard defersLast, node.height > 1 else { return try evaluate(node, item, scope, emit) }
    var waiting: Item?
    do throws(Interrupt) {
      try evaluate(node, item, scope) { (next) throws(Interrupt) in
        let ready = waiting
        waiting = nil
        if let ready { try emit(ready) }
        waiting = next
      }
    } catch {
      // What came before the error is still given first.
      if let ready = waiting { try emit(ready) }
      throw error
    }
    if let ready = waiting { try emit(ready) }
  }

  private func variable(_ node: Node, _ scope: Environment?) -> Value {
    switch node.kind {
    case .variable(let id):
      if case .value(let value) = scope?.find(id)?.binding { return value }
      return .null
    case .global(let name): return globals[name] ?? .null
    default: return .null
    }
  }
}
