internal import Model

/// Why an evaluation stops before its end.
enum Interrupt: Error {
  /// jq's error with any value as its message: `try` can catch it.
  case failure(Value, Span)
  /// A limit is used up: nothing catches it.
  case limit(String, Span)
  /// `first`, `limit` and their like have what they wanted; the number says which of them.
  case stop(Int)

  static func message(_ text: String) -> Interrupt { .failure(.string(text), .hidden) }
  static func exceeded(_ text: String) -> Interrupt { .limit(text, .hidden) }

  /// An error raised inside belay's own definitions is shown at the call that the user wrote.
  func placed(at span: Span) -> Interrupt {
    switch self {
    case .failure(let value, let known) where known.isHidden: .failure(value, span)
    case .limit(let text, let known) where known.isHidden: .limit(text, span)
    default: self
    }
  }

  func queryError(textLength: Int) -> QueryError {
    let whole = Span(start: 0, end: textLength)
    switch self {
    case .failure(let value, let span):
      let message = value.stringValue ?? "\(value.json()) (not a string)"
      return QueryError(message, at: span.isHidden ? whole : span)
    case .limit(let text, let span):
      return QueryError(
        text, at: span.isHidden ? whole : span, help: "queries are bounded so that none can hang a run")
    case .stop:
      return QueryError("the query stopped outside of what it belongs to", at: whole)
    }
  }
}

/// A value on its way through a query, with the path that led to it where one is asked for.
struct Item {
  var value: Value
  /// Nil when no path is wanted.
  var trail: Trail?
  /// False when the value was computed, so that it no longer stands at the trail's end.
  var isInPlace = true

  init(_ value: Value) { self.value = value }

  init(_ value: Value, trail: Trail?) {
    self.value = value
    self.trail = trail
  }

  func computed(_ value: Value) -> Item {
    var item = self
    item.value = value
    item.isInPlace = false
    return item
  }

  func stepped(to value: Value, by key: Value) -> Item {
    guard let trail else { return Item(value) }
    return Item(value, trail: Trail(parent: trail, key: key, reached: value))
  }
}

/// The keys from the value where a path began to the one reached, as a list that shares its beginning.
final class Trail {
  let parent: Trail?
  let key: Value
  let reached: Value

  init(parent: Trail?, key: Value, reached: Value) {
    self.parent = parent
    self.key = key
    self.reached = reached
  }

  static func root(_ value: Value) -> Trail { Trail(parent: nil, key: .null, reached: value) }

  var path: [Value] {
    var keys: [Value] = []
    var link = self
    while let parent = link.parent {
      keys.append(link.key)
      link = parent
    }
    return keys.reversed()
  }
}

/// What names stand for while evaluating: a list that grows at the head and shares its tail.
final class Environment {
  enum Binding {
    case value(Value)
    case definition(Definition)
    case closure(Node, Environment?)
  }

  let id: Int
  let binding: Binding
  let parent: Environment?

  init(_ id: Int, _ binding: Binding, _ parent: Environment?) {
    self.id = id
    self.binding = binding
    self.parent = parent
  }

  func find(_ id: Int) -> Environment? {
    var scope: Environment? = self
    while let here = scope, here.id != id { scope = here.parent }
    return scope
  }
}
