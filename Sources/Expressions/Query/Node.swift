internal import Model

/// A part of a query as parsed: names are already resolved, so evaluation looks nothing up by text.
final class Node: Sendable {
  let kind: Kind
  let span: Span
  /// How deep the tree below is: bounded while parsing, so that walking it can be recursive.
  let height: Int

  init(_ kind: Kind, _ span: Span) {
    self.kind = kind
    self.span = span
    self.height = 1 + (kind.children.map(\.height).max() ?? 0)
  }

  enum Kind: Sendable {
    case identity
    case literal(Value)
    case text(format: String, pieces: [Piece])
    case format(String)
    case index(Node, key: Node, optional: Bool)
    case slice(Node, from: Node?, to: Node?, optional: Bool)
    case iterate(Node, optional: Bool)
    case pipe([Node])
    case comma([Node])
    case negate(Node)
    case binary(BinaryOperator, Node, Node)
    case and(Node, Node)
    case or(Node, Node)
    case alternative(Node, Node)
    case assign(AssignmentOperator, Node, Node)
    case condition(Node, then: Node, otherwise: Node)
    case attempt(Node, handler: Node?)
    case reduce(source: Node, Pattern, initial: Node, update: Node)
    case foreach(source: Node, Pattern, initial: Node, update: Node, extract: Node?)
    case bind(Node, Pattern, body: Node)
    case define(Definition, body: Node)
    case array(Node?)
    /// A member without a value takes the one of the same name from the input.
    case object([(key: Node, value: Node?)])
    case variable(Int)
    case global(String)
    case callDefinition(Int, [Node])
    case callParameter(Int)
    case callPrelude(String, [Node])
    case callNative(Native, [Node])
  }

  enum Piece: Sendable {
    case text(String)
    case query(Node)
  }
}

/// The left side of `as`.
indirect enum Pattern: Sendable {
  case variable(Int)
  case array([Pattern])
  /// `{$name: …}` binds the whole member too.
  case object([(key: Node, variable: Int?, pattern: Pattern?)])
}

/// `def name(parameters): body;`
final class Definition: Sendable {
  let id: Int
  let parameters: [Parameter]
  let body: Node

  struct Parameter: Sendable {
    let id: Int
    /// For `$name`: the variable that holds each value of the argument in turn.
    let variable: Int?
  }

  init(id: Int, parameters: [Parameter], body: Node) {
    self.id = id
    self.parameters = parameters
    self.body = body
  }
}

enum BinaryOperator: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case remainder = "%"
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
}

enum AssignmentOperator: Sendable {
  case set
  case update
  case alternative
  case arithmetic(BinaryOperator)
}

extension Node.Kind {
  var children: [Node] {
    switch self {
    case .identity, .literal, .format, .variable, .global, .callParameter: []
    case .text(_, let pieces):
      pieces.compactMap { if case .query(let node) = $0 { node } else { nil } }
    case .index(let target, let key, _): [target, key]
    case .slice(let target, let from, let to, _): [target] + [from, to].compactMap { $0 }
    case .iterate(let node, _), .negate(let node): [node]
    case .pipe(let nodes), .comma(let nodes), .callDefinition(_, let nodes), .callPrelude(_, let nodes),
      .callNative(_, let nodes):
      nodes
    case .binary(_, let a, let b), .and(let a, let b), .or(let a, let b), .alternative(let a, let b),
      .assign(_, let a, let b):
      [a, b]
    case .condition(let test, let then, let otherwise): [test, then, otherwise]
    case .attempt(let body, let handler): [body] + [handler].compactMap { $0 }
    case .reduce(let source, let pattern, let initial, let update):
      [source, initial, update] + pattern.nodes
    case .foreach(let source, let pattern, let initial, let update, let extract):
      [source, initial, update] + [extract].compactMap { $0 } + pattern.nodes
    case .bind(let source, let pattern, let body): [source, body] + pattern.nodes
    case .define(let definition, let body): [definition.body, body]
    case .array(let node): [node].compactMap { $0 }
    case .object(let members): members.flatMap { [$0.key] + [$0.value].compactMap { $0 } }
    }
  }
}

extension Pattern {
  fileprivate var nodes: [Node] {
    switch self {
    case .variable: []
    case .array(let patterns): patterns.flatMap(\.nodes)
    case .object(let members): members.flatMap { [$0.key] + ($0.pattern?.nodes ?? []) }
    }
  }
}
