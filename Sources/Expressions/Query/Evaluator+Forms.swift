internal import Model

extension Evaluator {
  /// jq runs the right side in the outer loop: `(1,2) + (10,20)` gives 11, 12, 21, 22.
  func binary(
    _ node: Node, _ operation: BinaryOperator, _ left: Node, _ right: Node, _ item: Item,
    _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    try values(right, item, scope) { (b) throws(Interrupt) in
      try self.values(left, item, scope) { (a) throws(Interrupt) in
        let result: Value
        do throws(Interrupt) {
          result = try self.apply(operation, a, b)
        } catch {
          throw error.placed(at: node.span)
        }
        try emit(item.computed(result))
      }
    }
  }

  func negated(_ value: Value, _ node: Node) throws(Interrupt) -> Value {
    guard case .number(let number) = value else {
      throw Interrupt.message("\(described(value)) cannot be negated").placed(at: node.span)
    }
    return .number(-number)
  }

  func logical(
    _ left: Node, _ right: Node, decidedBy decisive: Bool, _ item: Item, _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    try values(left, item, scope) { (a) throws(Interrupt) in
      if a.isTruthy == decisive { return try emit(item.computed(.bool(decisive))) }
      try self.values(right, item, scope) { (b) throws(Interrupt) in
        try emit(item.computed(.bool(b.isTruthy)))
      }
    }
  }

  func alternative(
    _ left: Node, _ right: Node, _ item: Item, _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    var found = false
    try evaluate(left, item, scope) { (result) throws(Interrupt) in
      guard result.value.isTruthy else { return }
      found = true
      try emit(result)
    }
    if !found { try evaluate(right, item, scope, emit) }
  }

  /// As in jq 1.6, an error raised by what follows the `try` comes back to it too, and so does the end of a
  /// `first` around it.
  func attempt(
    _ body: Node, _ handler: Node?, _ item: Item, _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    do throws(Interrupt) {
      try evaluate(body, item, scope, emit)
    } catch {
      let message: Value
      switch error {
      case .failure(let raised, _): message = raised
      case .stop(let id) where id != Self.wholeQuery: message = ["__jq": .number(Double(id - 1))]
      default: throw error
      }
      if let handler { try evaluate(handler, item.computed(message), scope, emit) }
    }
  }

  func reduce(
    _ source: Node, _ pattern: Pattern, _ initial: Node, _ update: Node, _ item: Item,
    _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    try values(initial, item, scope) { (first) throws(Interrupt) in
      var state = first
      try self.values(source, item, scope) { (element) throws(Interrupt) in
        try self.match(pattern, element, item, scope) { (scope) throws(Interrupt) in
          let before = state
          // An update without a value leaves null behind, as in jq 1.6.
          state = .null
          try self.values(update, Item(before), scope) { (next) throws(Interrupt) in state = next }
        }
      }
      try emit(item.computed(state))
    }
  }

  func foreach(
    _ source: Node, _ pattern: Pattern, _ initial: Node, _ steps: (update: Node, extract: Node?),
    _ item: Item, _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    try values(initial, item, scope) { (first) throws(Interrupt) in
      var state = first
      try self.values(source, item, scope) { (element) throws(Interrupt) in
        try self.match(pattern, element, item, scope) { (scope) throws(Interrupt) in
          let before = state
          try self.values(steps.update, Item(before), scope) { (next) throws(Interrupt) in
            state = next
            guard let extract = steps.extract else { return try emit(item.computed(next)) }
            try self.values(extract, Item(next), scope) { (shown) throws(Interrupt) in
              try emit(item.computed(shown))
            }
          }
        }
      }
    }
  }

  // MARK: Patterns

  /// Binds the variables of a pattern and goes on once per way of doing so.
  func match(
    _ pattern: Pattern, _ value: Value, _ item: Item, _ scope: Environment?,
    _ body: (Environment?) throws(Interrupt) -> Void
  ) throws(Interrupt) {
    try charge()
    switch pattern {
    case .variable(let id): try body(Environment(id, .value(value), scope))
    case .array(let patterns): try matchElements(patterns[...], 0, value, item, scope, body)
    case .object(let members): try matchMembers(members[...], value, item, scope, body)
    }
  }

  private func matchElements(
    _ patterns: ArraySlice<Pattern>, _ index: Int, _ value: Value, _ item: Item, _ scope: Environment?,
    _ body: (Environment?) throws(Interrupt) -> Void
  ) throws(Interrupt) {
    guard let pattern = patterns.first else { return try body(scope) }
    let element = try value.member(.number(Double(index)))
    try match(pattern, element, item, scope) { (scope) throws(Interrupt) in
      try self.matchElements(patterns.dropFirst(), index + 1, value, item, scope, body)
    }
  }

  private func matchMembers(
    _ members: ArraySlice<(key: Node, variable: Int?, pattern: Pattern?)>, _ value: Value, _ item: Item,
    _ scope: Environment?, _ body: (Environment?) throws(Interrupt) -> Void
  ) throws(Interrupt) {
    guard let first = members.first else { return try body(scope) }
    try values(first.key, item, scope) { (key) throws(Interrupt) in
      guard case .string = key else {
        throw Interrupt.message("Cannot index \(value.typeName) with \(key.typeName)").placed(
          at: first.key.span)
      }
      let member = try value.member(key)
      var inner = scope
      if let variable = first.variable { inner = Environment(variable, .value(member), scope) }
      guard let pattern = first.pattern else {
        return try self.matchMembers(members.dropFirst(), value, item, inner, body)
      }
      try self.match(pattern, member, item, inner) { (scope) throws(Interrupt) in
        try self.matchMembers(members.dropFirst(), value, item, scope, body)
      }
    }
  }

  // MARK: Construction

  func array(
    _ inner: Node?, _ item: Item, _ scope: Environment?, at span: Span
  ) throws(Interrupt) -> Value {
    guard let inner else { return .array([]) }
    var elements: [Value] = []
    try values(inner, item, scope) { (value) throws(Interrupt) in
      try self.checkDepth(of: value, under: 1)
      elements.append(value)
    }
    return .array(elements)
  }

  func object(
    _ members: ArraySlice<(key: Node, value: Node?)>, _ object: Value.Object, _ span: Span, _ item: Item,
    _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    guard let member = members.first else { return try emit(item.computed(.object(object))) }
    try values(member.key, item, scope) { (key) throws(Interrupt) in
      guard case .string(let name) = key else {
        throw Interrupt.message("Cannot use \(described(key)) as object key").placed(at: member.key.span)
      }
      guard let node = member.value else {
        let value: Value
        do throws(Interrupt) { value = try item.value.member(key) } catch {
          throw error.placed(at: member.key.span)
        }
        return try self.extend(object, name, value, members, span, item, scope, emit)
      }
      try self.values(node, item, scope) { (value) throws(Interrupt) in
        try self.extend(object, name, value, members, span, item, scope, emit)
      }
    }
  }

  private func extend(
    _ object: Value.Object, _ name: String, _ value: Value,
    _ members: ArraySlice<(key: Node, value: Node?)>, _ span: Span, _ item: Item, _ scope: Environment?,
    _ emit: Emit
  ) throws(Interrupt) {
    try checkDepth(of: value, under: 1)
    var object = object
    object[name] = value
    try self.object(members.dropFirst(), object, span, item, scope, emit)
  }

  /// The last piece that has several values varies slowest, as in jq.
  func text(
    _ format: String, _ pieces: ArraySlice<Node.Piece>, _ suffix: String, _ item: Item,
    _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    guard let last = pieces.last else { return try emit(item.computed(.string(suffix))) }
    switch last {
    case .text(let text):
      try chargeString(bytes: text.utf8.count + suffix.utf8.count)
      try self.text(format, pieces.dropLast(), text + suffix, item, scope, emit)
    case .query(let node):
      try values(node, item, scope) { (value) throws(Interrupt) in
        let text = try self.formatted(value, format, node)
        try self.chargeString(bytes: text.utf8.count + suffix.utf8.count)
        try self.text(format, pieces.dropLast(), text + suffix, item, scope, emit)
      }
    }
  }

  func formatted(_ value: Value, _ name: String, _ node: Node) throws(Interrupt) -> String {
    guard let format = TextFormat(rawValue: name) else {
      throw Interrupt.message("\(name) is not a valid format").placed(at: node.span)
    }
    do throws(Interrupt) {
      return try format.apply(value, self)
    } catch {
      throw error.placed(at: node.span)
    }
  }
}
