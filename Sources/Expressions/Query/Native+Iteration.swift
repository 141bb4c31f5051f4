internal import Model

/// What is still to be done of an unfolding, in order: `recurse`, `while` and `until` are loops over this list
/// and no recursion, so that long ones cost no stack.
private enum Pending {
  case emit(Item)
  case visit(Item)
  case grow(Item)
  case raise(Interrupt)
}

extension Native {
  static let iterationFunctions: [String: ControlFunction] = [
    "range/1": { (call, emit) throws(Interrupt) in
      try call.values(0) { (upper) throws(Interrupt) in try range(.number(0), upper, call, emit) }
    },
    "range/2": { (call, emit) throws(Interrupt) in
      try call.values(0) { (lower) throws(Interrupt) in
        try call.values(1) { (upper) throws(Interrupt) in try range(lower, upper, call, emit) }
      }
    },
    "range/3": { (call, emit) throws(Interrupt) in
      try call.values(0) { (lower) throws(Interrupt) in
        try call.values(1) { (upper) throws(Interrupt) in
          try call.values(2) { (step) throws(Interrupt) in try range(lower, upper, by: step, call, emit) }
        }
      }
    },
    "recurse/0": { (call, emit) throws(Interrupt) in
      try unfold(call, emit) { (item) in
        [.emit(item), .grow(item)]
      } grow: { (item, visit) throws(Interrupt) in
        try call.evaluator.iterate(item, true, .hidden, visit)
      }
    },
    "recurse/1": { (call, emit) throws(Interrupt) in
      try unfold(call, emit) { (item) in
        [.emit(item), .grow(item)]
      } grow: { (item, visit) throws(Interrupt) in
        try call.apply(0, item, visit)
      }
    },
    "recurse/2": { (call, emit) throws(Interrupt) in
      try unfold(call, emit) { (item) in
        [.emit(item), .grow(item)]
      } grow: { (item, visit) throws(Interrupt) in
        try call.apply(0, item) { (next) throws(Interrupt) in
          try call.apply(1, Item(next.value)) { (verdict) throws(Interrupt) in
            if verdict.value.isTruthy { try visit(next) }
          }
        }
      }
    },
    "while/2": { (call, emit) throws(Interrupt) in
      try unfold(call, emit) { (item) throws(Interrupt) in
        try branches(call, item) { $0 ? [.emit(item), .grow(item)] : [] }
      } grow: { (item, visit) throws(Interrupt) in
        try call.apply(1, item, visit)
      }
    },
    "until/2": { (call, emit) throws(Interrupt) in
      try unfold(call, emit) { (item) throws(Interrupt) in
        try branches(call, item) { $0 ? [.emit(item)] : [.grow(item)] }
      } grow: { (item, visit) throws(Interrupt) in
        try call.apply(1, item, visit)
      }
    },
    // jq 1.6 as Debian ships it gives the argument's values for the same input over and over.
    "repeat/1": { (call, emit) throws(Interrupt) in
      while true {
        try call.evaluator.charge()
        try call.apply(0, call.item, emit)
      }
    },
  ]

  private static func branches(
    _ call: Call, _ item: Item, _ choose: (Bool) -> [Pending]
  ) throws(Interrupt) -> [Pending] {
    var pending: [Pending] = []
    try call.apply(0, Item(item.value)) { (verdict) in pending += choose(verdict.value.isTruthy) }
    return pending
  }

  private static func unfold(
    _ call: Call, _ emit: Emit, visit: (Item) throws(Interrupt) -> [Pending],
    grow: (Item, Emit) throws(Interrupt) -> Void
  ) throws(Interrupt) {
    var pending: [Pending] = [.visit(call.item)]
    while let next = pending.popLast() {
      try call.evaluator.charge()
      switch next {
      case .emit(let item): try emit(item)
      case .visit(let item): pending += try visit(item).reversed()
      case .grow(let item):
        var grown: [Pending] = []
        do throws(Interrupt) {
          try grow(item) { (child) in grown.append(.visit(child)) }
        } catch {
          // What came before the error is still given first.
          grown.append(.raise(error))
        }
        pending += grown.reversed()
      case .raise(let interrupt): throw interrupt
      }
    }
  }

  private static func range(
    _ lower: Value, _ upper: Value, by step: Value? = nil, _ call: Call, _ emit: Emit
  ) throws(Interrupt) {
    guard case .number(var current) = lower, case .number(let end) = upper,
      case .number(let step) = step ?? .number(1)
    else { throw .message("Range bounds must be numeric") }
    while (step > 0 && current < end) || (step < 0 && current > end) {
      try call.evaluator.charge()
      try emit(call.item.computed(.number(current)))
      current += step
    }
  }
}
