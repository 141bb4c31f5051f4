internal import Model

extension Evaluator {
  /// The key is computed first and varies slowest, as in jq.
  func index(
    _ node: Node, _ target: Node, _ key: Node, _ optional: Bool, _ item: Item, _ scope: Environment?,
    _ emit: Emit
  ) throws(Interrupt) {
    try values(key, item, scope) { (key) throws(Interrupt) in
      try self.evaluate(target, item, scope) { (target) throws(Interrupt) in
        try self.step(target, key, optional, node.span, emit)
      }
    }
  }

  func slice(
    _ node: Node, _ target: Node, _ from: Node?, _ to: Node?, _ optional: Bool, _ item: Item,
    _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    let missing = Node(.literal(.null), node.span)
    try values(to ?? missing, item, scope) { (end) throws(Interrupt) in
      try self.values(from ?? missing, item, scope) { (start) throws(Interrupt) in
        let key = Value.object(["start": start, "end": end])
        try self.evaluate(target, item, scope) { (target) throws(Interrupt) in
          try self.step(target, key, optional, node.span, emit)
        }
      }
    }
  }

  private func step(
    _ target: Item, _ key: Value, _ optional: Bool, _ span: Span, _ emit: Emit
  ) throws(Interrupt) {
    let value: Value
    do throws(Interrupt) {
      try requirePath(target) {
        "to access element \(key.excerpt(limit: 14)) of \(target.value.excerpt(limit: 29))"
      }
      value = try target.value.member(key)
    } catch {
      if optional, case .failure = error { return }
      throw error.placed(at: span)
    }
    try emit(target.stepped(to: value, by: key))
  }

  func iterate(_ target: Item, _ optional: Bool, _ span: Span, _ emit: Emit) throws(Interrupt) {
    do throws(Interrupt) {
      try requirePath(target) { "to iterate through \(target.value.excerpt(limit: 29))" }
      switch target.value {
      case .array, .object: break
      default: throw Interrupt.message("Cannot iterate over \(described(target.value))")
      }
    } catch {
      if optional, case .failure = error { return }
      throw error.placed(at: span)
    }
    switch target.value {
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        try charge()
        try emit(target.stepped(to: element, by: .number(Double(index))))
      }
    case .object(let object):
      for (key, value) in object.entries {
        try charge()
        try emit(target.stepped(to: value, by: .string(key)))
      }
    default: break
    }
  }

  /// A path can only go on from a value that stands where the path led.
  private func requirePath(_ item: Item, _ attempt: () -> String) throws(Interrupt) {
    guard !isOnPath(item) else { return }
    throw .message("Invalid path expression near attempt \(attempt())")
  }

  private func isOnPath(_ item: Item) -> Bool {
    guard let trail = item.trail, !item.isInPlace else { return true }
    switch (item.value, trail.reached) {
    case (.null, .null): return true
    case (.bool(let a), .bool(let b)): return a == b
    case (.number(let a), .number(let b)): return a == b
    default: return false
    }
  }

  // MARK: Paths as values

  /// Every path that `node` names in `value`, with what stands there.
  func paths(
    of node: Node, in value: Value, _ scope: Environment?,
    _ emit: ([Value], Value) throws(Interrupt) -> Void
  ) throws(Interrupt) {
    try evaluate(node, Item(value, trail: .root(value)), scope) { (found) throws(Interrupt) in
      guard self.isOnPath(found), let trail = found.trail else {
        throw Interrupt.message("Invalid path expression with result \(found.value.excerpt(limit: 29))")
          .placed(at: node.span)
      }
      try self.charge()
      try emit(trail.path, found.value)
    }
  }

  /// Follows keys as `getpath` does, keeping the trail.
  func follow(_ path: [Value], from item: Item) throws(Interrupt) -> Item {
    var value = item.value
    var trail = item.trail
    for key in path {
      if case .null = value { value = .null } else { value = try value.member(key) }
      trail = trail.map { Trail(parent: $0, key: key, reached: value) }
    }
    return Item(value, trail: trail)
  }

  func set(_ value: inout Value, _ path: [Value], to new: Value) throws(Interrupt) {
    guard path.count <= limits.valueDepth else { throw .exceeded("the query uses a path that is too long") }
    try checkDepth(of: new, under: path.count)
    try charge(path.count)
    try value.set(path[...], to: new, limits)
  }

  // MARK: Assignment

  func assign(
    _ node: Node, _ operation: AssignmentOperator, _ target: Node, _ value: Node, _ item: Item,
    _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    if case .update = operation {
      let result = try modify(target, item.value, scope) { (old) throws(Interrupt) in
        try self.first(of: value, old, scope)
      }
      return try emit(item.computed(result))
    }
    try values(value, item, scope) { (operand) throws(Interrupt) in
      let result: Value
      do throws(Interrupt) {
        switch operation {
        case .set:
          var changed = item.value
          try self.chargeForCopy(of: changed)
          try self.paths(of: target, in: item.value, scope) { (path, _) throws(Interrupt) in
            try self.set(&changed, path, to: operand)
          }
          result = changed
        case .alternative:
          result = try self.modify(target, item.value, scope) { (old) in old.isTruthy ? old : operand }
        case .arithmetic(let arithmetic):
          result = try self.modify(target, item.value, scope) { (old) throws(Interrupt) in
            try self.apply(arithmetic, old, operand)
          }
        case .update: result = item.value
        }
      } catch {
        throw error.placed(at: node.span)
      }
      try emit(item.computed(result))
    }
  }

  /// Replaces what each path names by what `change` makes of it, or deletes it when that is nothing.
  func modify(
    _ target: Node, _ value: Value, _ scope: Environment?,
    _ change: (Value) throws(Interrupt) -> Value?
  ) throws(Interrupt) -> Value {
    var result = value
    try paths(of: target, in: value, scope) { (path, _) throws(Interrupt) in
      try self.charge(path.count)
      if let new = try change(try result.getting(path[...])) {
        try self.set(&result, path, to: new)
      } else {
        try self.chargeForCopy(of: result)
        result = try result.deleting([path])
      }
    }
    return result
  }

  /// Nil too when a `try` in the node catches the end that follows the first value, as in jq 1.6.
  private func first(of node: Node, _ input: Value, _ scope: Environment?) throws(Interrupt) -> Value? {
    var found: Value?
    let id = freshStop()
    do throws(Interrupt) {
      try values(node, Item(input), scope) { (value) throws(Interrupt) in
        found = value
        throw .stop(id)
      }
    } catch {
      guard case .stop(id) = error else { throw error }
      return found
    }
    return nil
  }

  /// Runs `body`, which ends early by throwing the interrupt that it is given.
  func stoppable(_ body: (Interrupt) throws(Interrupt) -> Void) throws(Interrupt) {
    let id = freshStop()
    do throws(Interrupt) {
      try body(.stop(id))
    } catch {
      guard case .stop(id) = error else { throw error }
    }
  }
}
